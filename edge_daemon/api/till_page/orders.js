// Web orders: what waits to be handed out here, and what of the webshop's comes back.

import { Basket } from "./basket.js";
import { announce, button, dialog, make } from "./elements.js";
import { money, moment, quantity, say } from "./words.js";

/** @typedef {import("./till.js").Till} Till */
/** @typedef {import("../client.js").Json} Json */

/** @param {Json} order */
const total = (order) => order.lines.reduce((/** @type {number} */ sum, /** @type {Json} */ line) => sum + line.amount, 0);

/** @param {Json} order */
const stands = (order) => say(order.state === "delivered" ? "order_delivered" : order.paid ? "order_paid" : "order_to_pay");

/** Choose an order; then hand it out, or take back of it. @param {Till} till */
export async function ordersDialog(till) {
  if (!till.ready()) return undefined;
  if (!till.basket.empty) return announce(say("finish_first"), "bad");
  if (till.basket.training) return announce(say("not_in_training"), "bad");
  const { orders } = await till.box.reads.orders();
  orders.sort((/** @type {Json} */ one, /** @type {Json} */ other) => Number(one.state === "delivered") - Number(other.state === "delivered"));
  /** @type {Json | undefined} */
  const order = await dialog(say("orders"), (close) => {
    const rows = orders.map((/** @type {Json} */ each) => make("li", {}, button([
      make("span", { class: "what" }, each.order_ref, make("span", { class: "quiet" }, `${moment(each.placed_at)} · ${stands(each)}`)),
      make("span", { class: "amount" }, money(total(each))),
    ], () => close(each), { class: "line" })));
    const search = make("input", { type: "search", "aria-label": say("search"), placeholder: say("order_search"), autocomplete: "off", "data-first": "" });
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      orders.forEach((/** @type {Json} */ each, /** @type {number} */ at) => { rows[at].hidden = !`${each.order_ref} ${each.customer_ref ?? ""}`.toLowerCase().includes(wanted); });
    });
    return orders.length ? [search, make("ul", { class: "rows" }, rows)] : make("p", { class: "empty" }, say("no_orders"));
  });
  if (order === undefined) return undefined;
  if (order.state !== "delivered") return handOut(till, order);
  const title = say("order_number", { number: order.order_ref });
  const before = till.basket.counted.length;
  await till.takeBack(await till.box.reads.receipt(order.transaction_id), title);
  if (order.paid && till.basket.counted.length > before) till.basket.online = true;
  return till.changed();
}

/** Show what belongs to an order, and hand it out: at once where it is paid, else by the ways to pay.
 *  @param {Till} till @param {Json} order */
async function handOut(till, order) {
  const yes = await dialog(say("order_number", { number: order.order_ref }), (close) => [
    make("p", { class: order.paid ? "trouble good" : "trouble care" }, stands(order)),
    make("ul", { class: "lines" }, order.lines.map((/** @type {Json} */ line) => make("li", {}, make("div", { class: "line" },
      make("span", { class: "what" }, make("span", { class: "pieces" }, `${quantity(line.quantity_milli, line.uom)} × `), line.description),
      make("span", { class: "amount" }, money(line.amount)))))),
    make("p", { class: "sum" }, say("total"), make("strong", {}, money(total(order)))),
    make("div", { class: "buttons" }, button(say(order.paid ? "hand_out" : "pay"), () => close(true), { class: "main" }),
      button(say("back"), () => close())),
  ]);
  if (!yes) return;
  till.basket = Basket.ordered(order);
  till.choose(true);
  if (order.paid) await till.pay([]).catch((error) => { till.choose(false); throw error; });
}
