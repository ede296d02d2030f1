// What comes back: a receipt that was scanned, and what of it.

import { button, dialog, field, make, told } from "./elements.js";
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
 *  @param {string} title @returns {Promise<true | "void" | undefined>} */
export function askReturn(basket, receipt, title) {
  return dialog(title, (close) => {
    /** @type {Map<Json, number>} */
    const chosen = new Map();
    const restock = make("input", { type: "checkbox", checked: true });
    const go = make("button", { type: "button", class: "main", disabled: true }, say("take_back"));
    go.addEventListener("click", () => {
      for (const [line, milli] of chosen) if (milli) basket.addReturn(receipt, line, milli, restock.checked);
      if (receipt.tenders.some((/** @type {Json} */ each) => each.tender_type === "Online")) basket.online = true;
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
        receipt.returnable && receipt.sequence_number ? button(say("void_all"), () => close("void"), { class: "risky" }) : null),
    ];
  }, { wide: true });
}

/** What this basket takes back of a line already. @param {Basket} basket @param {Json} receipt @param {Json} line */
function taken(basket, receipt, line) {
  return basket.counted.filter((each) => each.said.returns?.transaction_id === receipt.transaction_id
    && each.said.returns.line_id === line.line_id).reduce((sum, each) => sum - each.quantity, 0);
}
