// Adding rows up, and asking for what a page looks at.

import { make } from "/office/elements.js";
import { days, here, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { money, say } from "/office/words.js";

/** Stands in an address for what is empty. */
export const NOTHING = "-";

/**
 * What a view is asked for: the shop and the days of the address.
 * @param {import("/office/place.js").Query} query @param {string} [otherwise]
 */
export function scope(query, otherwise = "days7") {
  const { from, to } = days(query, otherwise);
  return { store: query.store, first_day: from, last_day: to };
}

/**
 * What leads to the receipts behind a figure.
 * @param {import("/office/place.js").Query} query @param {string} [otherwise]
 */
export function behind(query, otherwise = "days7") {
  const { from, to } = days(query, otherwise);
  return { store: query.store, currency: query.currency, from, to };
}

/**
 * What leads to the receipts behind a figure; empty for those who may not see receipts.
 * @param {string} figure `revenue`, `vat`, `money`, `cards`, `sales` or `statistics`.
 * @param {import("/office/place.js").Query} query @param {string} [otherwise]
 */
export function opener(figure, query, otherwise = "days7") {
  return (/** @type {Record<string, string | number | null | undefined>} */ more = {}) =>
    may("receipts")
      ? to("behind", {
          figure,
          ...behind(query, otherwise),
          ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, value === "" ? NOTHING : value])),
        })
      : "";
}

/**
 * What leads to what was done without a receipt; empty for those who may not see who did it.
 * @param {import("/office/place.js").Query} query @param {Record<string, string>} only @param {string} [otherwise]
 */
export const actsOf = (query, only, otherwise = "days7") =>
  may("cashiers") ? to("acts", { ...behind(query, otherwise), ...only }) : "";

/**
 * The sums of rows by a key, in the order in which the keys come.
 * @template Row
 * @param {Row[]} rows
 * @param {(row: Row) => string} key
 * @param {string[]} names Of the figures.
 * @returns {(Record<string, number> & { key: string, first: Row })[]}
 */
export function sums(rows, key, names) {
  /** @type {Map<string, any>} */
  const found = new Map();
  for (const row of rows) {
    const name = key(row);
    const sum = found.get(name) || { key: name, first: row, ...Object.fromEntries(names.map((each) => [each, 0])) };
    for (const each of names) sum[each] += /** @type {any} */ (row)[each];
    found.set(name, sum);
  }
  return [...found.values()];
}

/**
 * One figure of all rows.
 * @param {any[]} rows @param {string} name
 * @returns {number}
 */
export const total = (rows, name) => rows.reduce((sum, row) => sum + row[name], 0);

/**
 * The currency that most rows have.
 * @param {{ currency: string }[]} rows
 */
function mostUsed(rows) {
  const found = sums(
    rows.filter((row) => row.currency).map((row) => ({ ...row, count: 1 })),
    (row) => row.currency,
    ["count"],
  );
  return found.sort((one, other) => other.count - one.count)[0]?.key || "EUR";
}

/**
 * A page's figures are in one currency: the one of its address, or the one that most rows have.
 * Where there are several, there is a choice, and what leads on says which one was chosen.
 * @param {import("/office/place.js").Query} query
 * @param {{ currency: string }[]} rows
 */
export function inOneCurrency(query, rows) {
  const all = [...new Set(rows.map((row) => row.currency).filter(Boolean))].sort();
  const currency = query.currency || mostUsed(rows);
  const choice =
    all.length > 1 &&
    make(
      "p",
      { class: "buttons", role: "group", "aria-label": say("currency") },
      make("span", { class: "quiet" }, say("currency_words", { currency })),
      all.map((each) =>
        make(
          "a",
          {
            class: `button${each === currency ? " chosen" : ""}`,
            "aria-current": each === currency ? "true" : null,
            href: to(here().page, { ...query, currency: each }),
          },
          each,
        ),
      ),
    );
  return { currency, choice: choice || null, query: all.length > 1 ? { ...query, currency } : query };
}

/**
 * An amount of all rows, for each currency that they are in.
 * @param {{ currency: string }[]} rows @param {string} name
 */
export function amounts(rows, name) {
  const found = sums(rows, (row) => row.currency, [name]);
  return found.map((row) => money(row[name], row.key)).join(" + ") || money(0, "EUR");
}
