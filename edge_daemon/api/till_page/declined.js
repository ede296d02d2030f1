// Why a terminal did not take a card, in words for the clerk. The drivers of all protocols write
// English sentences; those that a customer may meet have words here, by a piece of them.

import { say } from "./words.js";

/** @type {[RegExp, string][]} */
export const REASONS = [
  [/^Cancelled|The customer cancelled/, "declined_cancelled"],
  [/Declined by the bank/, "declined_plain"],
  [/should call the bank/, "declined_call"],
  [/[Nn]ot enough money/, "declined_money"],
  [/limit is exceeded|too high for this card|limit is too small/, "declined_limit"],
  [/Wrong PIN|wrong PINs/, "declined_pin"],
  [/has expired/, "declined_expired"],
  [/card cannot be read|No card was read|chip of the card|not inserted properly|magnetic stripe/, "declined_unread"],
  [/card is blocked|card must be kept/, "declined_blocked"],
  [/not accepted here|Not possible with this|does not know this card/, "declined_card"],
  [/bank cannot be reached|bank does not answer|cannot reach the bank|terminal has no connection/, "declined_bank"],
  [/terminal is busy|terminal is not ready|serviced from afar/, "declined_busy"],
  [/Run the end of day/, "declined_full"],
];

/** @param {string | null | undefined} message @returns {string | undefined} A key of the words. */
const reason = (message) => REASONS.find(([piece]) => piece.test(message ?? ""))?.[1];

/** Whether somebody has pressed a red key, so that no card was refused. @param {string | null} [message] */
export const aborted = (message) => reason(message) === "declined_cancelled";

/** Why, or what the terminal's driver said. @param {string} message @returns {string} */
export function whyDeclined(message) {
  const found = reason(message);
  return found ? say(found) : `${say("terminal_says")} ${message}`;
}
