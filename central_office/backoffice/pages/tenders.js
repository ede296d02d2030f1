// With what people pay: tenders, how cards were read, and what the terminals counted themselves.

import { bars } from "/office/charts.js";
import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { actsOf, inOneCurrency, opener, scope, sums, total } from "/office/pages/figures.js";
import { storeName } from "/office/stores.js";
import { empty, link, pill, section, table, tile } from "/office/table.js";
import { moment, money, number, percent, say, term } from "/office/words.js";

/** @type {import("/office/pages.js").Show} */
export async function tenders(wanted) {
  const asked = scope(wanted);
  const [moved, allCards, counted, doubtful] = await Promise.all([
    rows("tenders", asked),
    rows("cards", asked),
    rows("card-totals", asked),
    rows("unresolved-payments", { store: wanted.store }),
  ]);
  if (!moved.length) return [empty(say("no_money"), make("p", {}, say("no_revenue_advice")))];
  const { currency, choice, query } = inOneCurrency(wanted, moved);
  const cards = allCards.filter((row) => row.currency === currency);
  const write = (/** @type {number} */ amount) => money(amount, currency);
  const mine = moved.filter((row) => row.currency === currency);
  const paid = mine.filter((row) => row.cause === "Tender");
  const byTender = sums(paid, (row) => row.tender_type, ["number", "amount"]).sort(
    (one, other) => other.amount - one.amount,
  );
  const touched = cards.filter((row) => row.entry_mode === "Contactless");
  const open = opener("money", query);
  const card = opener("cards", query);
  const most = byTender[0];
  return [
    choice,
    make(
      "div",
      { class: "tiles" },
      tile(say("taken"), write(total(paid, "amount")), {
        note: say("payments_count", { count: number(total(paid, "number")) }),
      }),
      most
        ? tile(say("most_used"), term("tender", most.key), {
            note: write(most.amount),
            href: open({ tender_type: most.key }),
          })
        : null,
      tile(
        say("contactless_share"),
        total(cards, "number") > 0 ? percent(total(touched, "number") / total(cards, "number")) : "–",
        { note: say("contactless_note"), href: card({ entry_mode: "Contactless" }) },
      ),
      tile(
        say("by_hand"),
        write(
          total(
            cards.filter((row) => row.standalone),
            "amount",
          ),
        ),
        { note: say("by_hand_note"), href: card({ standalone: 1 }) },
      ),
    ),
    make(
      "div",
      { class: "pair" },
      section(
        say("page_tenders"),
        bars(
          byTender.map((row) => ({
            label: term("tender", row.key),
            value: row.amount,
            href: open({ tender_type: row.key }),
            note: say("payments_count", { count: number(row.number) }),
          })),
          write,
          { share: true },
        ),
      ),
      section(
        say("cards_read"),
        cards.length
          ? bars(
              sums(cards, (row) => (row.standalone ? "standalone" : row.entry_mode), ["number", "amount"])
                .sort((one, other) => other.amount - one.amount)
                .map((row) => ({
                  label: term("entry", row.key || "unknown"),
                  value: row.amount,
                  href: card(row.key === "standalone" ? { standalone: 1 } : { entry_mode: row.key }),
                  note: say("payments_count", { count: number(row.number) }),
                })),
              write,
              { share: true },
            )
          : empty(say("no_cards")),
      ),
    ),
    section(
      say("drawer_money"),
      table(
        say("drawer_money"),
        [
          {
            title: say("cause"),
            lead: true,
            show: (row) =>
              link(
                actsOf(query, { kind: row.first.cause, tender_type: row.first.tender_type }),
                term("cause", row.first.cause),
              ),
          },
          { title: say("tender"), show: (row) => term("tender", row.first.tender_type) },
          { title: say("times"), figure: true, show: (row) => number(row.number) },
          { title: say("amount"), figure: true, show: (row) => write(row.amount) },
        ],
        sums(
          mine.filter((row) => row.cause !== "Tender"),
          (row) => `${row.cause} ${row.tender_type}`,
          ["number", "amount"],
        ),
        { empty: say("no_drawer_money") },
      ),
      { words: say("drawer_money_words") },
    ),
    section(
      say("terminals"),
      terminalTable(
        counted.filter((row) => row.currency === currency),
        write,
        card,
      ),
      { words: say("terminals_words") },
    ),
    doubtful.length
      ? section(say("unresolved"), unresolved(doubtful), { words: say("unresolved_words"), kind: "trouble bad" })
      : null,
  ];
}

/** @param {any[]} counted @param {(amount: number) => string} write @param {(more: any) => string} open */
function terminalTable(counted, write, open) {
  const found = sums(counted, (row) => `${row.store} ${row.terminal_id}`, [
    "tenders",
    "tendered",
    "bookings",
    "booked",
    "difference",
    "reconciliations",
  ]);
  return table(
    say("terminals"),
    [
      {
        title: say("terminal"),
        lead: true,
        show: (row) =>
          link(
            open({ store: row.first.store, terminal_id: row.first.terminal_id }),
            row.first.terminal_id || say("unknown"),
          ),
      },
      { title: say("store"), show: (row) => storeName(row.first.store) },
      { title: say("payments"), figure: true, show: (row) => number(row.tenders) },
      {
        title: say("card_tenders"),
        figure: true,
        show: (row) => write(row.tendered),
        sum: (rows) => write(total(rows, "tendered")),
      },
      {
        title: say("terminal_count"),
        figure: true,
        show: (row) => (row.reconciliations ? write(row.booked) : say("not_counted")),
      },
      {
        title: say("difference"),
        figure: true,
        show: (row) =>
          row.reconciliations ? make("span", { class: row.difference ? "minus" : null }, write(row.difference)) : "–",
      },
    ],
    found,
    { empty: say("no_cards") },
  );
}

/** @param {any[]} found */
function unresolved(found) {
  return table(
    say("unresolved"),
    [
      { title: say("moment"), lead: true, show: (row) => moment(row.since) },
      { title: say("store"), show: (row) => storeName(row.store) },
      { title: say("terminal"), show: (row) => row.terminal_id || row.device_id || say("unknown") },
      {
        title: say("state"),
        show: (row) => [
          pill(term("payment", row.state), "bad"),
          row.is_closed ? [" ", pill(say("day_is_over"), "care")] : null,
        ],
      },
      { title: say("amount"), figure: true, show: (row) => money(row.requested_amount, row.currency) },
    ],
    found,
  );
}
