// Lists to look into: the last sales, and the card payments that need a person.

import { button, dialog, make } from "./elements.js";
import { paymentWords } from "./failures.js";
import { giveBack, resolve } from "./paying.js";
import { money, moment, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

/** Choose one of the last sales: to print it again, or to undo it. @param {Box} box
 *  @returns {Promise<{ sale: Json, act: "copy" | "void" } | undefined>} */
export async function lastSales(box) {
  const { sales } = await box.reads.get("/v1/sales?limit=20");
  const ours = sales.filter((/** @type {Json} */ each) => each.workstation === box.till.name && each.sequence_number);
  const sale = await dialog(say("last_sales"), (close) => (ours.length
    ? make("ul", { class: "rows" }, ours.map((/** @type {Json} */ each) => make("li", {}, button([
      make("span", { class: "what" }, say("receipt_number", { number: each.sequence_number }),
        make("span", { class: "quiet" }, [moment(each.occurred_at), say(`sale_${each.state}`), each.voided_by ? say("was_voided") : "", each.training ? say("training") : ""].filter(Boolean).join(" · "))),
      make("span", { class: "amount" }, money(each.total + each.rounding)),
    ], () => close(each), { class: "line" }))))
    : make("p", { class: "empty" }, say("no_sales_yet"))));
  if (sale === undefined) return undefined;
  const act = await dialog(say("receipt_number", { number: sale.sequence_number }), (close) => [
    make("ul", { class: "lines" }, sale.lines.map((/** @type {Json} */ line) => make("li", { class: line.voided ? "voided" : "" }, make("div", { class: "line" },
      make("span", { class: "what" }, line.description), make("span", { class: "amount" }, money(line.extended_amount)))))),
    make("div", { class: "buttons" },
      button(say("print_copy"), () => close(/** @type {const} */ ("copy")), { class: "main" }),
      sale.type === "Sale" && sale.state === "completed" && !sale.voided_by ? button(say("void"), () => close(/** @type {const} */ ("void")), { class: "risky" }) : null),
  ]);
  return act ? { sale, act } : undefined;
}

/** What payments need a person, and the person's word. @param {Box} box */
export async function openPayments(box) {
  const { open, refunds_due: due } = await box.reads.openPayments();
  /** @type {Json | undefined} */
  const payment = await dialog(say("payments"), (close) => [...open, ...due].map((each) => make("div", { class: "trouble bad" },
    make("p", {}, make("strong", {}, money(each.amount)), " ", paymentWords(each) ?? say("phase_started")),
    each.needs_person || each.refund_due ? button(say(each.refund_due ? "give_back" : "decide"), () => close(each)) : null)));
  if (payment === undefined) return;
  if (payment.refund_due) await giveBack(box, payment);
  else await resolve(box, payment);
  await box.look();
}
