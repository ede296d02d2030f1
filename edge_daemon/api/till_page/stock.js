// What lies where: here, and at the other shops, as far as the box knows.

import { RefusedError } from "../client.js";
import { button, dialog, make, told } from "./elements.js";
import { money, quantity, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

/** What an article costs, and where it lies.
 *  @param {Box} box @param {Json} article @param {boolean} [asked] A customer asks: the box counts that. */
export async function stockDialog(box, article, asked = false) {
  const { article: now } = asked ? await box.acts.inquirePrice({ item_id: article.item_id }) : { article };
  const code = article.gtin ?? article.barcodes?.[0];
  const level = code ? await box.reads.stock(code).catch((error) => {
    if (error instanceof RefusedError && error.status === 404) return null;
    throw error;
  }) : null;
  const price = (now.unit_price ?? null) === null ? say("ask_price") : money(now.unit_price);
  await dialog(article.description, () => [make("p", { class: "sum" }, say("price"), make("strong", {}, price)),
    now.deposit ? make("div", { class: "sub" }, make("span", {}, now.deposit.description), make("span", {}, money(now.deposit.unit_price ?? 0))) : null, ...(level === null || !level.locations.length
    ? [make("p", { class: "empty" }, say("stock_unknown"))]
    : [
      level.stale ? make("p", { class: "trouble care" }, say("stock_stale")) : null,
      make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, say("place")), make("th", { scope: "col", class: "amount" }, say("on_hand")), make("th", { scope: "col", class: "amount" }, say("available")))),
        make("tbody", {}, level.locations.map((/** @type {Json} */ each) => make("tr", { class: each.location_id === level.here ? "here" : "" },
          make("th", { scope: "row" }, each.location_id === level.here ? say("here") : each.location_id),
          make("td", { class: "amount" }, quantity(each.on_hand_milli)), make("td", { class: "amount" }, quantity(each.available_milli)))))),
      level.age_ms === null || level.age_ms === undefined ? null : make("p", { class: "quiet" }, say("stock_age", { minutes: Math.round(level.age_ms / 60_000) })),
    ])]);
}

/** Look an article up by its words or its code, and show where it lies. @param {Box} box */
export async function findStock(box) {
  const article = await dialog(say("stock"), (close) => {
    const text = make("input", { type: "search", "aria-label": say("search"), placeholder: say("search"), autocomplete: "off", "data-first": "" });
    const found = make("ul", { class: "rows" });
    const look = async () => {
      const { items } = await box.reads.items({ text: text.value.trim(), limit: "20" });
      found.replaceChildren(...items.map((/** @type {Json} */ each) => make("li", {}, button(each.description, () => close(each), { class: "line" }))));
      if (!items.length) found.append(make("li", { class: "empty" }, say("found_nothing")));
    };
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      told(async () => (/^\d{8,14}$/.test(text.value.trim()) ? close(await box.reads.item(text.value.trim())) : look()));
    });
    text.addEventListener("input", () => { if (text.value.trim().length > 1 && !/^\d+$/.test(text.value)) told(look); });
    return [text, found];
  });
  if (article) await stockDialog(box, article, true);
}
