// Gift cards: what is on each, over all shops, what the business owes by them, and the receipts of one.

import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { inOneCurrency, total } from "/office/pages/figures.js";
import { to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { moment, money, number, say } from "/office/words.js";

/** @type {import("/office/pages.js").Show} */
export async function giftcards(query) {
  return query.card && may("receipts") ? card(query) : cards(query);
}

/** @param {import("/office/place.js").Query} query */
async function cards(query) {
  const all = await rows("gift-cards", {});
  if (!all.length) return [empty(say("no_gift_cards"), make("p", {}, say("no_gift_cards_advice")))];
  const { currency, choice } = inOneCurrency(query, all);
  const mine = all.filter((row) => row.currency === currency);
  const left = mine.filter((row) => row.balance > 0);
  const over = mine.filter((row) => row.balance < 0);
  return [
    choice,
    make(
      "div",
      { class: "tiles" },
      tile(say("owed"), money(total(left, "balance"), currency), {
        note: say("owed_note", { count: number(left.length) }),
      }),
      tile(say("issued"), money(total(mine, "issued"), currency), {
        note: say("cards_count", { count: number(mine.length) }),
      }),
      tile(say("redeemed"), money(total(mine, "redeemed"), currency), {
        note: say("payments_count", { count: number(total(mine, "redemptions")) }),
      }),
      tile(say("overspent"), number(over.length), { note: say("overspent_note"), tone: over.length ? "bad" : "" }),
    ),
    section(
      say("page_giftcards"),
      table(
        say("page_giftcards"),
        [
          { title: say("card"), lead: true, show: cardLink },
          { title: say("issued"), figure: true, show: (row) => money(row.issued, row.currency) },
          { title: say("redeemed"), figure: true, show: (row) => money(row.redeemed, row.currency) },
          { title: say("times"), figure: true, show: (row) => number(row.redemptions) },
          {
            title: say("balance"),
            figure: true,
            show: (row) => make("span", { class: row.balance < 0 ? "minus" : null }, money(row.balance, row.currency)),
          },
          {
            title: say("state"),
            show: (row) =>
              row.balance < 0
                ? pill(say("overspent"), "bad")
                : row.found_arrival !== null
                  ? pill(say("turned_out_right"), "good")
                  : "",
          },
        ],
        [...over, ...left, ...mine.filter((row) => row.balance === 0)],
      ),
    ),
  ];
}

/** @param {any} row */
function cardLink(row) {
  const name = make("code", {}, row.gift_card_ref);
  if (!may("receipts")) return name;
  return make("a", { href: to("giftcards", { card: row.gift_card_ref, currency: row.currency }) }, name);
}

/** One card: what was put on it and taken off, each with its receipt. @param {import("/office/place.js").Query} query */
async function card(query) {
  const only = { gift_card_ref: query.card, currency: query.currency };
  const [moved, [now]] = await Promise.all([rows("gift-card-movements", only), rows("gift-cards", only)]);
  const back = make("p", {}, make("a", { href: to("giftcards", { currency: query.currency }) }, `← ${say("all_cards")}`));
  if (!moved.length) return [back, empty(say("no_movements"))];
  return [
    back,
    make(
      "div",
      { class: "tiles" },
      tile(say("balance"), money(now ? now.balance : total(moved, "amount"), query.currency), {
        note: query.card,
        tone: now && now.balance < 0 ? "bad" : "",
      }),
    ),
    section(
      say("movements"),
      table(
        say("movements"),
        [
          { title: say("moment"), lead: true, show: (row) => moment(row.occurred_at) },
          { title: say("store"), show: (row) => storeName(row.store) },
          {
            title: say("receipt"),
            show: (row) =>
              make("a", { href: to("receipt", { arrival: row.arrival, part: row.part }) }, row.document_id),
          },
          {
            title: say("amount"),
            figure: true,
            show: (row) =>
              make("span", { class: row.amount < 0 ? "minus" : null }, money(row.amount, row.currency)),
            sum: (all) => money(total(all, "amount"), query.currency),
          },
        ],
        moved,
      ),
    ),
  ];
}
