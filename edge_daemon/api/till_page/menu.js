// What is not done for every customer.

import { dayDialog } from "./day.js";
import { announce, button, confirmed, dialog, make } from "./elements.js";
import { chooseLanguage } from "./face.js";
import { depositBack } from "./filling.js";
import { giftCardDialog } from "./giftcards.js";
import { hoursDialog } from "./hours.js";
import { lastSales } from "./lists.js";
import { ordersDialog } from "./orders.js";
import { resume } from "./parking.js";
import { askReceipt } from "./returning.js";
import { signOff } from "./staff.js";
import { findStock } from "./stock.js";
import { say } from "./words.js";

/** @typedef {import("./till.js").Till} Till */

/** @param {Till} till */
export async function menu(till) {
  const { box } = till;
  /** @type {(() => any) | undefined} */
  const chosen = await dialog(say("menu"), (close) => make("div", { class: "menu" },
    ...(/** @type {[string, () => any][]} */ ([
      ["return", async () => { const receipt = await askReceipt(box); if (receipt) await till.takeBack(receipt); }],
      ["parked", () => resume(till)], ["orders", () => ordersDialog(till)], ["gift_card", () => giftCardDialog(till)],
      ["deposit_back", () => depositBack(till)], ["stock", () => findStock(box)],
      ["last_sales", () => last(till)], ["till", () => dayDialog(box)], ...(box.staff.length ? [["hours", () => hoursDialog(box)]] : []),
      [till.basket.training ? "end_training" : "training", () => train(till)],
      ["language", chooseLanguage], ["sign_off", () => leave(till)],
    ])).map(([name, act]) => button(say(name), () => close(act)))));
  if (chosen) await chosen();
}

/** @param {Till} till */
async function last(till) {
  const found = await lastSales(till.box);
  if (found?.act === "copy") await till.box.acts.copyReceipt(found.sale.id);
  else if (found && till.basket.empty) await till.undo(found.sale);
  else if (found) announce(say("finish_first"), "bad");
}

/** Practise: no terminal, no drawer, numbers of its own. @param {Till} till */
function train(till) {
  if (!till.basket.empty) return announce(say("finish_first"), "bad");
  till.basket.training = !till.basket.training;
  return till.changed();
}

/** Somebody else comes to the till. @param {Till} till */
export async function leave(till) {
  if (!till.basket.empty || till.selling.busy) return announce(say("finish_first"), "bad");
  return await confirmed(say("sign_off"), say("sign_off_words"), say("sign_off")) ? signOff(till.box) : undefined;
}
