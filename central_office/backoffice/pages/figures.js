// Adding rows up, and asking for what a page looks at.

import { days, to } from "/office/place.js";
import { may } from "/office/rights.js";

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
  return { store: query.store, from, to };
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
 * The currency that most rows have: figures of one page are in one currency.
 * @param {{ currency: string }[]} rows
 */
export function currencyOf(rows) {
  const found = sums(
    rows.map((row) => ({ ...row, count: 1 })),
    (row) => row.currency,
    ["count"],
  );
  return found.sort((one, other) => other.count - one.count)[0]?.key || "EUR";
}
