// Baskets that are set aside: parked and taken up again, here or at another register; or given up.

import { RefusedError, newId } from "../client.js";
import { Basket } from "./basket.js";
import { announce, button, confirmed, dialog, make } from "./elements.js";
import { money, moment, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./till.js").Till} Till */
/** @typedef {import("../client.js").Json} Json */

/** @param {Till} till */
export async function park(till) {
  const { basket } = till;
  if (basket.counted.some((line) => line.said.gift_card)) return announce(say("gift_card_not_parked"), "bad");
  const id = newId();
  const note = await dialog(say("park"), (close) => {
    const text = make("input", { type: "text", maxlength: 64, autocomplete: "off", "data-first": "" });
    return make("form", { onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); close(text.value.trim()); } },
      make("label", { class: "field" }, say("note"), text), make("button", { type: "submit", class: "main" }, say("park")));
  });
  if (note === undefined) return undefined;
  await till.handOver(() => till.box.acts.suspend({ ...basket.body, note }, id));
  return announce(say("is_parked"), "good");
}

/** @param {Till} till */
export async function resume(till) {
  if (!till.ready()) return undefined;
  if (!till.basket.empty) return announce(say("finish_first"), "bad");
  const sale = await takeUp(till.box);
  if (sale === undefined) return undefined;
  const basket = new Basket();
  await unpack(till.box, basket, sale);
  till.basket = basket;
  till.changed();
  return till.box.look();
}

/** @param {Till} till */
export async function giveUp(till) {
  if (!(await confirmed(say("give_up"), say("give_up_words"), say("give_up")))) return;
  await till.handOver(() => till.box.acts.giveUp({ ...till.basket.body, reason: "left" }));
}

/** Choose a parked basket and take it up; undefined where none was. @param {Box} box
 *  @returns {Promise<Json | undefined>} */
async function takeUp(box) {
  const { suspended_sales: parked } = await box.reads.suspendedSales();
  const sale = await dialog(say("parked"), (close) => (parked.length
    ? make("ul", { class: "rows" }, parked.map((/** @type {Json} */ each) => make("li", {}, button([
      make("span", { class: "what" }, each.note || say("without_note"),
        make("span", { class: "quiet" }, `${moment(each.occurred_at)} · ${each.workstation}${each.state === "resumed" ? ` · ${say("taken_up")}` : ""}`)),
      make("span", { class: "amount" }, money(each.total)),
    ], () => close(each), { class: "line" }))))
    : make("p", { class: "empty" }, say("nothing_parked"))));
  if (sale === undefined) return undefined;
  try {
    return await box.acts.resume(sale.id);
  } catch (error) {
    if (!(error instanceof RefusedError) || !/has taken this sale up again/.test(error.message)) throw error;
    const words = say("take_over_words", { till: sale.workstation });
    return await confirmed(say("take_over"), words, say("take_over")) ? box.acts.resume(sale.id, true) : undefined;
  }
}

/** Put the lines of a parked basket back. @param {Box} box @param {Basket} basket @param {Json} sale */
async function unpack(box, basket, sale) {
  for (const said of sale.basket.lines) {
    const { line_id: _, quantity_milli: milli, discounts = [], voided = null, ...rest } = said;
    const line = said.returns ? await unpackReturn(box, basket, said)
      : said.description && said.unit_price !== undefined && (said.tax_code || said.line_type)
        ? basket.add({ kind: said.line_type === "DepositReturn" ? "deposit_return" : "open", description: said.description, unitPrice: said.unit_price, said: without(rest, ["description", "unit_price", "line_type"]) })
        : basket.addArticle(await box.reads.item(said.item_id ?? said.gtin), without(rest, ["item_id", "gtin"]), true);
    Object.assign(line, { quantity: milli, discounts, voided });
    if (said.price_override) line.unitPrice = said.price_override.unit_price;
  }
  basket.discounts = sale.basket.discounts ?? [];
  basket.customer = sale.basket.customer_ref ?? null;
  basket.training = sale.training;
  basket.resumes = sale.id;
}

/** @param {Box} box @param {Basket} basket @param {Json} said */
async function unpackReturn(box, basket, said) {
  const receipt = await box.reads.receipt(said.returns.transaction_id);
  const line = receipt.lines.find((/** @type {Json} */ each) => each.line_id === said.returns.line_id);
  return basket.addReturn(receipt, line, -said.quantity_milli, said.restock ?? true);
}

/** @param {Json} fields @param {string[]} names @returns {Json} */
const without = (fields, names) => Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
