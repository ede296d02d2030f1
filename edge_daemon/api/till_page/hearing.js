// What a scan or a card means to the till, by what the box says that it is.

import { RefusedError } from "../client.js";
import { announce, told } from "./elements.js";
import { sell } from "./filling.js";
import { giftCardDialog } from "./giftcards.js";
import { askPrice } from "./shelf.js";
import { signOnByBadge } from "./staff.js";
import { say } from "./words.js";

/** @typedef {import("./till.js").Till} Till */
/** @typedef {import("../client.js").Json} Json */

/** @param {Till} till @param {Json} scan */
export async function scanned(till, scan) {
  if (answered(scan.meaning === "receipt" ? `R${scan.key}` : scan.key ?? scan.gtin ?? scan.scan_data)) return undefined;
  if (scan.meaning === "badge") return signOnByBadge(till.box, scan.key);
  if (!till.box.operator) return announce(say("sign_on_first"), "bad");
  if (document.querySelector("dialog[open]")) return announce(say("finish_first"), "bad");
  if (scan.meaning === "gift_card" && till.paying.chooses) return till.paying.giftCard(scan.key);
  if (!till.ready()) return undefined;
  till.choose(false);
  if (scan.meaning === "receipt") return till.takeBack(await till.box.reads.receipt(scan.key));
  if (scan.meaning === "customer") return customer(till, scan.key);
  if (scan.meaning === "gift_card") return giftCardDialog(till, scan.key);
  if (scan.meaning === "discount") return coupon(till, scan);
  if (scan.problem) return announce(say("misread"), "bad");
  return goods(till, scan);
}

/** A dialog may wait for just this. @param {string} code */
function answered(code) {
  const waiting = document.querySelector("dialog[open]:last-of-type [data-scan]");
  if (!(waiting instanceof HTMLInputElement)) return false;
  waiting.value = code;
  waiting.form?.requestSubmit();
  return true;
}

/** A card at the reader; the box itself signs badges on. @param {Till} till @param {Json} card */
export function carded(till, card) {
  if (card.problem) announce(say("card_refused"), "bad");
  else if (card.meaning === "badge" && card.badge) announce(say("badge_unknown"), "bad");
  else if (card.meaning === "customer" && till.box.operator && !till.closed) customer(till, card.key);
  else if (card.meaning === "gift_card") told(() => scanned(till, card));
}

/** @param {Till} till @param {Json} scan */
async function goods(till, scan) {
  const code = scan.gtin ?? scan.key ?? scan.scan_data;
  /** @type {Json} */
  const how = { entry_method: "Scanned", scan_data: scan.scan_data };
  for (const name of ["lot", "serial", "expiry", "quantity_milli"]) if (scan[name]) how[name] = scan[name];
  if (scan.count) how.quantity_milli = scan.count * 1000;
  if (scan.price) how.code_price = scan.price;
  try {
    await sell(till, await till.box.reads.item(code), how);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    if (!till.box.shop.open_prices || !scan.gtin) return announce(say("no_article_code", { code }), "bad");
    const price = await askPrice(say("no_article_code", { code }), say("type_its_price"));
    if (price === undefined) return undefined;
    till.basket.add({ kind: "open", description: code.replace(/^0+/, ""), unitPrice: price, said: { gtin: scan.gtin, ...how } });
    till.changed();
  }
  return undefined;
}

/** @param {Till} till @param {string} key */
function customer(till, key) {
  till.basket.customer = key;
  till.changed();
  announce(say("customer_known"), "good");
}

/** @param {Till} till @param {Json} scan */
function coupon(till, scan) {
  if (!scan.discount_bp) return announce(say("misread"), "bad");
  till.basket.discounts.push({ percent_bp: scan.discount_bp, reason: (scan.key ?? "coupon").slice(0, 35) });
  return till.changed();
}
