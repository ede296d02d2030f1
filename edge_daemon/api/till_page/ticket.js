// The basket on the screen: its lines, what can be done with one, and the way to pay.

import { depositAmount, lineAmount } from "./basket.js";
import { button, choice, dialog, field, make } from "./elements.js";
import { money, percent, quantity, say, typedMoney } from "./words.js";

/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("./basket.js").Line} Line */
/** @typedef {import("../client.js").Json} Json */

const DISCOUNTS_BP = [500, 1000, 2000, 5000];
const DISCOUNT_REASONS = ["action", "damaged", "staff", "goodwill"];
const OVERRIDE_REASONS = ["shelf_price", "damaged", "goodwill"];

/** The basket's lines. @param {Basket} basket @param {(line: Line) => any} [touched] */
export function lines(basket, touched) {
  if (basket.empty) return make("p", { class: "empty" }, say("basket_empty"));
  return make("ul", { class: "lines" }, basket.lines.map((line) => make("li", { class: line.voided ? "voided" : "" },
    row(line, touched),
    line.deposit ? make("div", { class: "sub" }, make("span", {}, line.deposit.description), make("span", {}, money(depositAmount(line)))) : null,
  )), basket.discounts.map((each) => make("li", {}, make("div", { class: "sub" },
    make("span", {}, `${say("discount")} ${each.percent_bp ? percent(each.percent_bp) : ""}`.trim()),
    make("span", {}, each === basket.discounts[basket.discounts.length - 1] ? money(-basket.discount) : "")))));
}

/** @param {Line} line @param {(line: Line) => any} [touched] */
function row(line, touched) {
  const pieces = line.quantity === 1000 ? null : make("span", { class: "pieces" }, `${quantity(line.quantity, line.uom)} × `);
  const notes = [
    line.voided ? say("taken_off") : null,
    line.kind === "return" ? say("comes_back") : null,
    line.said.price_override ? say("other_price") : null,
    ...line.discounts.map((each) => `${say("discount")} ${each.percent_bp ? percent(each.percent_bp) : money(-each.amount)}`),
  ].filter(Boolean);
  const content = [
    make("span", { class: "what" }, pieces, line.description, notes.length ? make("span", { class: "quiet" }, notes.join(" · ")) : null),
    make("span", { class: "amount" }, money(lineAmount(line))),
  ];
  return touched && !line.voided
    ? button(content, () => touched(line), { class: "line", "data-key": `line-${line.id}` })
    : make("div", { class: "line" }, content);
}

/** What can be done with a line. @param {Basket} basket @param {Line} line
 *  @param {{ changed: () => void, stock: (line: Line) => any }} acts */
export function lineDialog(basket, line, acts) {
  return dialog(line.description, (close) => {
    const shown = make("strong", { class: "count", role: "status" }, quantity(line.quantity, line.uom));
    const step = (/** @type {number} */ by) => {
      if (Math.abs(line.quantity) + by < 1 || (line.sold && Math.abs(line.quantity) + by > line.sold.whole - line.sold.before)) return;
      line.quantity += Math.sign(line.quantity) * by;
      shown.textContent = quantity(line.quantity, line.uom);
      acts.changed();
    };
    const also = (/** @type {() => any} */ act) => async () => {
      close();
      await act();
      acts.changed();
    };
    const goods = ["item", "open"].includes(line.kind);
    return [
      line.kind === "gift_card" ? null : make("div", { class: "stepper" },
        button("−", () => step(-1000), { "aria-label": say("one_less") }), shown,
        button("+", () => step(1000), { "aria-label": say("one_more") })),
      make("div", { class: "buttons" },
        goods ? button(say("discount"), also(() => discountLine(line))) : null,
        line.kind === "item" ? button(say("other_price"), also(() => overrideLine(line))) : null,
        line.said.item_id ? button(say("stock"), also(() => acts.stock(line))) : null,
        button(say("take_off"), also(() => basket.takeOff(line.id, "mistake")), { class: "risky" }),
        button(say("ok"), () => close(), { class: "main" })),
    ];
  });
}

/** @param {Line} line */
async function discountLine(line) {
  const discount = await askDiscount(lineAmount(line));
  if (discount) line.discounts = [...line.discounts, discount];
}

/** @param {Line} line */
async function overrideLine(line) {
  const found = await dialog(say("other_price"), (close) => {
    const price = make("input", { type: "text", inputmode: "decimal", required: true, autocomplete: "off", "data-first": "" });
    const reason = choice(say("reason"), OVERRIDE_REASONS.map((each) => [each, say(`why_${each}`)]), OVERRIDE_REASONS[0]);
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const amount = typedMoney(price.value);
        if (amount !== null) close({ unit_price: amount, reason: reason.get() });
      },
    }, make("p", {}, say("now_costs", { amount: money(line.unitPrice) })), field(say("price"), price), reason.element,
    make("button", { type: "submit", class: "main" }, say("ok")));
  });
  if (found === undefined) return;
  line.said = { ...line.said, price_override: found };
  line.unitPrice = found.unit_price;
}

/** Ask for a discount: a part or an amount, and why. @param {number} most
 *  @returns {Promise<Json | undefined>} */
export function askDiscount(most) {
  return dialog(say("discount"), (close) => {
    const reason = choice(say("reason"), DISCOUNT_REASONS.map((each) => [each, say(`why_${each}`)]), DISCOUNT_REASONS[0]);
    const amount = make("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
    return [
      reason.element,
      make("div", { class: "buttons" }, DISCOUNTS_BP.map((bp) => button(percent(bp), () => close({ percent_bp: bp, reason: reason.get() }), { class: "main" }))),
      make("form", {
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          const off = typedMoney(amount.value);
          const wrong = off === null || off === 0 ? say("no_amount") : off > most ? say("discount_too_much") : "";
          amount.setCustomValidity(wrong);
          if (amount.reportValidity()) close({ amount: off, reason: reason.get() });
        },
        oninput: () => amount.setCustomValidity(""),
      }, field(say("or_amount"), amount), make("button", { type: "submit" }, say("ok"))),
    ];
  });
}
