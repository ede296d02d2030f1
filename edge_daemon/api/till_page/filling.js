// What comes into the basket by hand: articles, weighed goods, open prices, empties, discounts.

import { announce, button, dialog, make } from "./elements.js";
import { askText } from "./paying.js";
import { askOpenLine, askPrice } from "./shelf.js";
import { askDiscount } from "./ticket.js";
import { money, say, typedMoney } from "./words.js";

/** @typedef {import("./till.js").Till} Till */
/** @typedef {import("../client.js").Json} Json */

/** One of an article. @param {Till} till @param {Json} article @param {Json} [how] */
export async function sell(till, article, how = { entry_method: "Lookup" }) {
  if (!till.ready()) return undefined;
  const more = { ...how };
  if (article.uom === "KGM" && !how.quantity_milli && !how.code_price) {
    const weight = await weigh(till);
    if (!weight) return undefined;
    Object.assign(more, { quantity_milli: weight, entry_method: "Weighed" });
  }
  if ((article.unit_price ?? null) === null && !how.code_price) {
    const price = await askPrice(article.description);
    if (price === undefined) return undefined;
    more.unit_price = price;
  }
  till.basket.addArticle(article, more);
  return till.changed();
}

/** @param {Till} till @returns {Promise<number | undefined>} Grams. */
async function weigh({ box }) {
  if (box.till.scale) {
    const weight = await box.acts.weigh(box.till.scale);
    if (weight.weight_milli && weight.weight_milli > 0) return weight.weight_milli;
    announce(say("put_on_scale"), "bad");
    return undefined;
  }
  const text = await askText(say("weight"), say("kilograms"));
  const kilograms = Number((text ?? "").replace(",", "."));
  return kilograms > 0 ? Math.round(kilograms * 1000) : undefined;
}

/** @param {Till} till */
export async function openLine(till) {
  const line = await askOpenLine(till.box);
  if (line === undefined) return;
  till.basket.add({ kind: "open", description: line.description, unitPrice: line.unitPrice, said: { tax_code: line.taxCode, entry_method: "Keyed" } });
  till.changed();
}

/** Empty bottles. @param {Till} till */
export async function depositBack(till) {
  if (!till.ready()) return;
  const known = [...new Set(till.shelf.items.map((each) => each.deposit?.unit_price).filter(Boolean))].sort((a, b) => a - b);
  const price = await dialog(say("deposit_back"), (close) => make("div", { class: "menu" },
    known.map((each) => button(money(each), () => close(each))),
    button(say("other_amount"), async () => {
      const typed = typedMoney(await askText(say("deposit_back"), say("amount")) ?? "");
      if (typed) close(typed);
    })));
  if (!price) return;
  const alike = till.basket.counted.find((line) => line.kind === "deposit_return" && line.unitPrice === price);
  if (alike) alike.quantity -= 1000;
  else till.basket.add({ kind: "deposit_return", description: say("deposit"), unitPrice: price, quantity: -1000 });
  till.changed();
}

/** @param {Till} till */
export async function discount(till) {
  const found = await askDiscount(till.basket.total);
  if (found) till.basket.discounts.push(found);
  till.changed();
}
