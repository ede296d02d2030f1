// Gift cards: what is on each, over all shops, and what the business owes by them.

import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { inOneCurrency, total } from "/office/pages/figures.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { money, number, say } from "/office/words.js";

/** @type {import("/office/pages.js").Show} */
export async function giftcards(query) {
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
          { title: say("card"), lead: true, show: (row) => make("code", {}, row.gift_card_ref) },
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
