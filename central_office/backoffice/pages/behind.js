// The receipts behind a figure, and what each of them adds to it.

import { announce, button, make } from "/office/elements.js";
import { page, rows } from "/office/office.js";
import { NOTHING, amounts, total } from "/office/pages/figures.js";
import { days, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, section, table, tile } from "/office/table.js";
import { date, money, moment, number, percent, printedMoment, quantity, say, term } from "/office/words.js";

const LIMIT = 200;
const FILTERS = [
  "hour",
  "product_group",
  "channel",
  "tax_code",
  "rate_bp",
  "country",
  "box",
  "tender_type",
  "terminal_id",
  "card_brand",
  "entry_mode",
  "standalone",
  "workstation_id",
  "operator_id",
  "session_id",
  "kind",
  "name",
];
/** What a figure's receipts add, by the figure. @type {Record<string, string[]>} */
const ADDED = {
  vat: ["base", "tax"],
  revenue: ["amount"],
  money: ["amount"],
  cards: ["amount"],
  sales: ["number", "amount"],
  statistics: ["number", "quantity_milli", "amount"],
};

/** @typedef {import("/office/place.js").Query} Query */

/** @type {import("/office/pages.js").Show} */
export async function behind(query) {
  const asked = question(query);
  const found = await page("receipts-behind", asked);
  if (!found.rows.length)
    return [chips(query), ofShift(query), empty(say("no_receipts"), make("p", {}, say("none_behind")))];
  const place = make("div", { class: "stack" });
  show(place, query, [...found.rows], found.cursor);
  return [chips(query), place, ofShift(query)];
}

/** @param {Query} query */
function question(query) {
  const { from, to: until } = days(query, "days7");
  const only = Object.fromEntries(
    FILTERS.filter((name) => name in query).map((name) => [name, query[name] === NOTHING ? "" : query[name]]),
  );
  return {
    figure: query.figure || "sales",
    store: query.store,
    currency: query.currency,
    first_day: from,
    last_day: until,
    limit: LIMIT,
    ...only,
  };
}

/** @param {HTMLElement} place @param {Query} query @param {any[]} found @param {string | null} cursor */
function show(place, query, found, cursor) {
  const more =
    cursor &&
    make(
      "p",
      { class: "more" },
      button(say("more"), async () => {
        const next = await page("receipts-behind", { ...question(query), after: cursor });
        found.push(...next.rows);
        show(place, query, found, next.cursor);
        announce(say("receipts_count", { count: number(found.length) }));
      }),
    );
  const whole = cursor ? say("first_ones", { count: number(found.length) }) : say("all_of_them");
  const names = ADDED[query.figure] || ADDED.sales;
  place.replaceChildren(
    make(
      "div",
      { class: "tiles" },
      tile(say("receipts"), number(found.length), { note: whole }),
      names.map((name) =>
        tile(say(`adds_${name}`), added(name, found), { note: whole }),
      ),
    ),
    section(say("receipts"), [table(say("receipts"), columns(names), found, { whole: true }), more]),
  );
}

/** All of a figure; never over currencies. @param {string} name @param {any[]} found */
const added = (name, found) =>
  ["number", "quantity_milli"].includes(name) ? write(name, total(found, name), "") : amounts(found, name);

/** @param {string} name @param {number} value @param {string} currency */
function write(name, value, currency) {
  if (name === "number") return number(value);
  return name === "quantity_milli" ? quantity(value) : money(value, currency);
}

/** @param {string[]} names @returns {import("/office/table.js").Column<any>[]} */
const columns = (names) => [
  { title: say("receipt"), lead: true, show: (row) => receiptLink(row) },
  { title: say("day"), show: (row) => date(row.business_day_date) },
  { title: say("moment"), show: (row) => printedMoment(row) },
  { title: say("store"), show: (row) => storeName(row.store) },
  {
    title: say("kind"),
    show: (row) => (row.status === "Completed" ? term("type", row.transaction_type) : term("status", row.status)),
  },
  ...names.map((name) => ({
    title: say(`adds_${name}`),
    figure: true,
    show: (/** @type {any} */ row) =>
      make("span", { class: row[name] < 0 ? "minus" : null }, write(name, row[name], row.currency)),
    sum: (/** @type {any[]} */ rows) => added(name, rows),
  })),
  { title: say("whole_receipt"), figure: true, show: (row) => money(row.gross, row.currency) },
];

/** @param {any} row */
export function receiptLink(row) {
  const words = row.sequence_number === null ? say("without_number") : `${row.workstation_id} ${row.sequence_number}`;
  return make("a", { href: to("receipt", { arrival: row.arrival, part: row.part }) }, words);
}

/** What the figure is, as chips. @param {Query} query */
function chips(query) {
  const { from, to: until } = days(query, "days7");
  const shown = [
    say(`figure_${query.figure || "sales"}`),
    from === until ? date(from) : `${date(from)} – ${date(until)}`,
    query.store ? storeName(query.store) : say("all_stores"),
    ...FILTERS.filter((name) => query[name] && name !== "country" && name !== "session_id").map((name) =>
      chip(name, query[name], query.country),
    ),
  ];
  return make(
    "ul",
    { class: "chips", "aria-label": say("the_figure") },
    shown.map((words) => make("li", { class: "pill good" }, words)),
  );
}

/** @param {string} name @param {string} value @param {string} country */
function chip(name, value, country) {
  switch (name) {
    case "rate_bp":
      return percent(Number(value) / 10000, 2);
    case "hour":
      return say("hour_from", { hour: value });
    case "box":
      return say("chip_box", { box: value, country: say(`vat_return_${country || "NL"}`) });
    case "standalone":
      return term("entry", value === "1" ? "standalone" : "unknown");
    case "tender_type":
      return term("tender", value);
    case "entry_mode":
      return term("entry", value);
    case "channel":
      return term("channel", value);
    default:
      return value;
  }
}

/** What is in a cash figure and has no receipt, such as money that was brought. @param {Query} query */
function ofShift(query) {
  if (query.figure !== "money" || !query.session_id || !may("cashiers")) return null;
  const place = make("div", {});
  const asked = question(query);
  rows("acts", {
    store: asked.store,
    first_day: asked.first_day,
    last_day: asked.last_day,
    till_session_id: query.session_id,
  }).then(
    (found) => {
      if (!found.length) return;
      place.append(section(say("without_receipt"), actTable(found)));
    },
    (error) => announce(error.message),
  );
  return place;
}

/** @param {any[]} found */
const actTable = (found) =>
  table(
    say("without_receipt"),
    [
      { title: say("moment"), lead: true, show: (row) => moment(row.occurred_at) },
      { title: say("store"), show: (row) => `${storeName(row.store)} ${row.workstation_id}` },
      { title: say("cause"), show: (row) => term("cause", row.kind) },
      { title: say("reason"), show: (row) => row.name },
      { title: say("cashier"), show: (row) => row.operator_id || "–" },
      {
        title: say("amount"),
        figure: true,
        show: (row) => (row.currency ? money(row.amount, row.currency, { signed: true }) : ""),
      },
    ],
    found,
    { empty: say("no_acts") },
  );

/** What was done without a receipt, behind a figure that counts it. @type {import("/office/pages.js").Show} */
export async function acts(query) {
  const { from, to: until } = days(query, "days7");
  const only = Object.fromEntries(
    ["kind", "name", "tender_type"].filter((name) => query[name]).map((name) => [name, query[name]]),
  );
  return [
    section(
      say("without_receipt"),
      actTable(await rows("acts", { store: query.store, first_day: from, last_day: until, ...only }, 5000)),
    ),
  ];
}
