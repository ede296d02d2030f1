// What comes back: a receipt that was scanned, and what of it. And what was parked.

import { RefusedError } from "../client.js";
import { button, confirmed, dialog, field, make, told } from "./elements.js";
import { readCode } from "./scans.js";
import { money, moment, quantity, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("../client.js").Json} Json */

/** Ask which receipt: by its code, or by its number. @param {Box} box @returns {Promise<Json | undefined>} */
export function askReceipt(box) {
  return dialog(say("return"), (close) => {
    const code = make("input", { type: "text", autocomplete: "off", maxlength: 40, "data-first": "", "data-scan": "" });
    const number = make("input", { type: "text", inputmode: "numeric", pattern: "[0-9]{1,9}", autocomplete: "off" });
    const till = make("select", {}, box.shop.workstations.map((/** @type {Json} */ each) => make("option", { value: each.name, selected: each.name === box.till.name }, each.name)));
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        told(async () => {
          if (code.value) close(await box.reads.receipt(readCode(code.value).key ?? code.value));
          else if (number.value) close(await box.reads.numberedReceipt(till.value, Number(number.value)));
        });
      },
    }, make("p", {}, say("return_words")), field(say("receipt_code"), code),
    make("div", { class: "pair" }, field(say("or_number"), number), field(say("of_till"), till)),
    make("button", { type: "submit", class: "main" }, say("find")));
  });
}

/** Ask what of a receipt comes back, and put it into the basket. True where something did, "void"
 *  where all of the sale is to be undone. @param {Basket} basket @param {Json} receipt
 *  @returns {Promise<true | "void" | undefined>} */
export function askReturn(basket, receipt) {
  return dialog(say("receipt_number", { number: receipt.sequence_number }), (close) => {
    /** @type {Map<Json, number>} */
    const chosen = new Map();
    const restock = make("input", { type: "checkbox", checked: true });
    const go = make("button", { type: "button", class: "main", disabled: true }, say("take_back"));
    go.addEventListener("click", () => {
      for (const [line, milli] of chosen) if (milli) basket.addReturn(receipt, line, milli, restock.checked);
      close(true);
    });
    const rows = receipt.lines.map((/** @type {Json} */ line) => {
      const most = line.returnable_milli - taken(basket, receipt, line);
      const count = make("strong", { class: "count", role: "status" }, "0");
      const put = (/** @type {number} */ milli) => {
        const value = Math.max(0, Math.min(most, milli));
        chosen.set(line, value);
        count.textContent = quantity(value, line.uom);
        go.disabled = ![...chosen.values()].some(Boolean);
      };
      const now = () => chosen.get(line) ?? 0;
      return make("li", {}, make("div", { class: "what" }, line.description,
        make("span", { class: "quiet" }, most > 0 ? say("of_sold", { count: quantity(most, line.uom), amount: money(line.returnable_amount) }) : say("nothing_back"))),
      most > 0 ? make("div", { class: "stepper" },
        button("−", () => put(now() - 1000), { "aria-label": `${say("one_less")}: ${line.description}` }), count,
        button("+", () => put(now() + Math.min(1000, most)), { "aria-label": `${say("one_more")}: ${line.description}` })) : null);
    });
    return [
      make("p", { class: "quiet" }, `${moment(receipt.occurred_at)} · ${receipt.workstation} · ${money(receipt.total)} · ${receipt.tenders.map((/** @type {Json} */ each) => say(`tender_type_${each.tender_type}`)).join(", ")}`),
      receipt.returnable ? null : make("p", { class: "trouble care" }, say(receipt.voided_by ? "receipt_voided" : "receipt_spent")),
      make("ul", { class: "returns" }, rows),
      receipt.returnable ? make("label", { class: "check" }, restock, make("span", {}, say("restock"))) : null,
      make("div", { class: "buttons" }, go,
        receipt.returnable ? button(say("void_all"), () => close("void"), { class: "risky" }) : null),
    ];
  }, { wide: true });
}

/** What this basket takes back of a line already. @param {Basket} basket @param {Json} receipt @param {Json} line */
function taken(basket, receipt, line) {
  return basket.counted.filter((each) => each.said.returns?.transaction_id === receipt.transaction_id
    && each.said.returns.line_id === line.line_id).reduce((sum, each) => sum - each.quantity, 0);
}

/** Choose a parked basket and take it up; undefined where none was. @param {Box} box
 *  @returns {Promise<Json | undefined>} */
export async function takeUp(box) {
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
export async function unpack(box, basket, sale) {
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
