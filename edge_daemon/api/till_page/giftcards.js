// Gift cards: what is on one, putting money on it, and paying with it. Its number is asked for each
// time: nothing but the basket that sells it knows it.

import { RefusedError } from "../client.js";
import { button, dialog, field, make, told } from "./elements.js";
import { askPrice } from "./shelf.js";
import { money, moment, say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./till.js").Till} Till */
/** @typedef {import("../client.js").Json} Json */
/** @typedef {import("./elements.js").Child} Child */

const AMOUNTS = [1000, 2000, 2500, 5000, 10_000];
const SHORTEST = 6;

/** Ask for a card's number, typed or scanned, and show what is on it and what can be done with it.
 *  @template T @param {Box} box @param {string} number Where it is known already.
 *  @param {"gift_card_new" | "gift_card_unknown"} unknown What is said of a card that nobody knows.
 *  @param {(card: Json | null, number: string, close: (value?: T) => void) => Child[]} acts
 *  @returns {Promise<T | undefined>} */
function withCard(box, number, unknown, acts) {
  return dialog(say("gift_card"), (close) => {
    const typed = make("input", { type: "text", minlength: SHORTEST, maxlength: 64, required: true, autocomplete: "off", "data-first": "", "data-scan": "" });
    const found = make("div", { role: "status" });
    const look = async () => {
      const card = await box.reads.giftCard(typed.value.trim()).catch((error) => {
        if (error instanceof RefusedError && error.status === 404) return null;
        throw error;
      });
      found.replaceChildren(...(card ? balance(card) : [make("p", { class: "trouble care" }, say(unknown))]), make("div", { class: "menu" }, ...acts(card, typed.value.trim(), close)));
    };
    const form = make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        told(look);
      },
      oninput: () => found.replaceChildren(),
    }, field(say("gift_card_number"), typed, say("gift_card_hint")), make("button", { type: "submit" }, say("gift_card_look")));
    typed.value = number;
    if (number) told(look);
    return [form, found];
  });
}

/** @param {Json} card */
function balance(card) {
  return [
    make("p", { class: "sum" }, say("gift_card_holds"), make("strong", {}, money(card.balance))),
    ...(card.stale && card.as_of ? [make("p", { class: "trouble care" }, say("gift_card_stale", { moment: moment(card.as_of) }))] : []),
  ];
}

/** Look at a card, and put money on it: it stands on the receipt like an article.
 *  @param {Till} till @param {string} [number] */
export async function giftCardDialog(till, number = "") {
  if (!till.ready()) return;
  /** @type {{ card: Json | null, number: string, amount: number } | undefined} */
  const chosen = await withCard(till.box, number, "gift_card_new", (card, code, close) => [
    ...AMOUNTS.map((amount) => button(`+ ${money(amount)}`, () => close({ card, number: code, amount }))),
    button(say("other_amount"), async () => {
      const amount = await askPrice(say("gift_card"));
      if (amount) close({ card, number: code, amount });
    }),
  ]);
  if (chosen === undefined) return;
  till.basket.add({
    kind: "gift_card", description: `${say("gift_card")} …${chosen.number.slice(-4)}`, unitPrice: chosen.amount,
    said: { line_type: chosen.card ? "GiftCardReload" : "GiftCardIssue", gift_card: chosen.number },
  });
  till.changed();
}

/** Choose how much of what is due a card pays; all that is on it at most.
 *  @param {Box} box @param {number} due @param {boolean} out Money goes to the card.
 *  @param {string} [number] @returns {Promise<Json | undefined>} The tender. */
export function askGiftCard(box, due, out, number = "") {
  return withCard(box, number, out ? "gift_card_new" : "gift_card_unknown", (card, code, close) => {
    const most = out ? due : Math.min(card?.balance ?? 0, due);
    if (most <= 0 || card === null) return [];
    const tender = { type: "gift_card", number: code, ...(most < due ? { amount: most } : {}) };
    return [button(say(out ? "gift_card_give" : "gift_card_take", { amount: money(most) }), () => close(tender), { class: "main" })];
  });
}
