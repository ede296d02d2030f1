// What went wrong, in words for the clerk. The box speaks English to programs: a word for the kind
// of refusal, and a sentence. The sentences that a till meets have words here, by a piece of them;
// the tests look each piece up in the box's own source. Others are shown as the box said them.

import { aborted } from "./declined.js";
import { knows, say } from "./words.js";

/** @typedef {import("../client.js").Json} Json */

/** @type {[RegExp, string][]} */
export const SENTENCES = [
  [/is not in the catalogue/, "no_article"],
  [/check digit does not fit/, "misread"],
  [/minor units, not -?\d/, "prices_changed"],
  [/A discount is at most/, "discount_too_much"],
  [/can still come back of the/, "too_much_back"],
  [/is taking this receipt back right now/, "receipt_busy"],
  [/does not know the receipt/, "receipt_not_ours"],
  [/has no receipt \S+ here/, "receipt_not_ours"],
  [/receipt's code is R and/, "receipt_misread"],
  [/has taken this sale up again/, "parked_elsewhere"],
  [/This suspended sale was/, "parked_gone"],
  [/There is no suspended sale/, "parked_gone"],
  [/Nothing is left on the gift card/, "gift_card_empty"],
  [/minor units on this gift card/, "gift_card_too_little"],
  [/has not issued the gift card/, "gift_card_unknown"],
  [/Nothing is left on the gift card/, "gift_card_empty"],
  [/This gift card holds/, "gift_card_currency"],
  [/order has been handed out/, "order_gone"],
  [/has sent no order/, "order_unknown"],
  [/it is not handed out here/, "order_not_here"],
  [/does not follow\. Correct/, "hours_out_of_turn"],
  [/is not signed on at/, "not_signed_on"],
  [/it needs the right/, "no_right"],
  [/^The approval .* is not there, was used/, "approval_gone"],
  [/PINs of .* were wrong/, "pins_locked"],
  [/confirm the date first/, "date_first"],
  [/No till is open here/, "till_not_open"],
  [/The till is suspended/, "till_suspended"],
  [/close it first, or go on with it/, "till_open_already"],
  [/Count the cash in .* first/, "count_first"],
  [/Money has moved since/, "count_again"],
  [/This till was counted already/, "counted_already"],
  [/The count differs by/, "count_differs"],
  [/is not closed: count it/, "close_first"],
  [/is parked: resume or cancel it/, "parked_open"],
  [/waits for a tender: finish or cancel/, "sale_open"],
  [/is under way: wait/, "sale_busy"],
  [/is of another day and is not voided/, "void_too_late"],
  [/was voided already/, "voided_already"],
  [/Something of this sale has come back/, "void_after_return"],
  [/whether the card got its money back/, "card_refund_unknown"],
  [/money has been paid out already/, "partly_paid_out"],
  [/does not wait for a tender/, "sale_ended"],
  [/Money is given back for what a receipt shows/, "receipt_needed"],
  [/^The workstation .* has no /, "no_such_device"],
  [/Too much lies on the scale/, "scale_too_much"],
  [/press its zero key/, "scale_zero"],
];

/** A thrown error, in words. @param {unknown} error @returns {string} */
export function sentence(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "NoAnswerError" || error instanceof TypeError) return say("box_away");
  const { code = "", status = 0 } = /** @type {{ code?: string, status?: number }} */ (error);
  const found = SENTENCES.find(([piece]) => piece.test(error.message));
  if (found !== undefined) return say(found[1]);
  if (knows(`refused_${code}`)) return say(`refused_${code}`);
  return status === 403 ? say("refused_forbidden") : error.message;
}

/** True where a manager's word would help. @param {unknown} error */
export const lacksRight = (error) => error instanceof Error && /it needs the right/.test(error.message);

/** What a payment asks of people; null where nothing. @param {Json} payment @returns {string | null} */
export function paymentWords(payment) {
  if (payment.refund_due) return say("payment_refund_due");
  if (payment.needs_signature) return say("payment_signature");
  if (payment.needs_person) return say("payment_review");
  if (["IN_DOUBT", "RESOLVING"].includes(payment.state)) return say("payment_doubt");
  if (payment.approved === false) {
    const words = payment.state === "DECLINED" && !aborted(payment.message) ? "payment_declined" : "payment_not_done";
    return say(payment.kind === "Payment" ? words : `${words}_out`);
  }
  return null;
}

/** What is wrong with a device, and what to do; null where nothing. @param {Json} device */
export function deviceWords(device) {
  const detail = device.detail ?? {};
  const name = say(`family_${device.family}`);
  if (device.state === "stuck") return say("device_stuck", { device: name });
  if (device.state === "offline") return say(`offline_${device.family}`);
  if (device.state === "opening") return say("device_opening", { device: name });
  if (detail.cover_open) return say("cover_open");
  if (detail.rec_empty) return say("paper_out");
  if (detail.fault) return say(`fault_${detail.fault}`);
  if (detail.rec_near_end) return say("paper_low");
  if (!device.reason) return null;
  if (knows(`terminal_state_${detail.state}`)) return say(`terminal_state_${detail.state}`);
  const found = SENTENCES.find(([piece]) => piece.test(device.reason));
  return found ? say(found[1]) : `${name}: ${device.reason}`;
}

/** What became of a sale's paper and drawer, and what to do. @param {Json} sale
 *  @param {(family: string) => Json | undefined} device @returns {string[]} */
export function saleWords(sale, device) {
  const told = [];
  const paper = sale.copies?.find((/** @type {Json} */ copy) => copy.state === "printed") ?? sale.receipt;
  if (["failed", "unknown"].includes(paper?.state)) {
    const printer = device("pos_printer");
    told.push(say(`receipt_${paper.state}`), (printer && deviceWords(printer)) ?? say("receipt_look"));
  }
  if (["failed", "dropped", "unknown"].includes(sale.drawer?.state)) {
    told.push(say(sale.drawer.state === "unknown" ? "drawer_unknown" : "drawer_failed"));
  };
  return told;
}
