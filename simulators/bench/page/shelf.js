// The shelf: what is pressed is held before the scanner.

import { hand } from "/bench.js";
import { drawing, make, told } from "/elements.js";
import { language, money, say } from "/words.js";

export function showShelf(section, shop) {
  const products = shop.products.map((product) => make("li", {}, make("button", {
    type: "button", onclick: () => told(() => hand("scanner", "scan", { data: product.gtin })),
  },
  drawing(product.picture),
  make("span", { class: "name" }, product.names[language]),
  make("span", { class: "price" }, money(product.unit_price)))));
  section.replaceChildren(
    make("h2", { id: "shelf-title" }, say("shelf")),
    make("p", { class: "hint" }, say("shelf_hint")),
    make("ul", { class: "boards" }, products),
  );
}
