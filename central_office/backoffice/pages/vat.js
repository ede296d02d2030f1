// VAT: the boxes of the return, the rates in them, their days, and the receipts behind those.

import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { behind, inOneCurrency, opener, scope, total } from "/office/pages/figures.js";
import { to } from "/office/place.js";
import { storeName } from "/office/stores.js";
import { empty, link, section, table, tile } from "/office/table.js";
import { date, money, percent, say } from "/office/words.js";

const COUNTRIES = ["NL", "BE"];
const OTHERWISE = "quarter";

/** @type {import("/office/pages.js").Show} */
export async function vat(wanted) {
  const asked = scope(wanted, OTHERWISE);
  const country = wanted.country === "BE" ? "BE" : "NL";
  const [rates, boxes, days] = await Promise.all([
    rows("vat", asked),
    rows("vat-boxes", { ...asked, country }),
    wanted.rate ? rows("vat-days", { ...asked, rate_bp: wanted.rate }) : [],
  ]);
  if (!rates.length) return [empty(say("no_vat"), make("p", {}, say("no_revenue_advice")))];
  const { currency, choice, query } = inOneCurrency(wanted, rates);
  const mine = (/** @type {any[]} */ all) => all.filter((row) => row.currency === currency);
  const write = (/** @type {number} */ amount) => money(amount, currency);
  return [
    choice,
    make(
      "p",
      { class: "buttons", role: "group", "aria-label": say("vat_return") },
      COUNTRIES.map((each) =>
        make(
          "a",
          {
            class: `button${each === country ? " chosen" : ""}`,
            "aria-current": each === country ? "true" : null,
            href: to("vat", { ...query, country: each }),
          },
          say(`vat_return_${each}`),
        ),
      ),
    ),
    make("div", { class: "tiles boxes" }, boxTiles(query, country, mine(boxes), write)),
    section(say("vat_rates"), rateTable(query, mine(rates), write)),
    query.rate
      ? section(say("vat_days", { rate: percent(Number(query.rate) / 10000, 2) }), dayTable(query, mine(days), write))
      : null,
  ];
}

/** @param {any} query @param {string} country @param {any[]} boxes @param {(amount: number) => string} write */
function boxTiles(query, country, boxes, write) {
  const open = opener("vat", query, OTHERWISE);
  const tiles = boxes.map((row) =>
    tile(
      [make("span", { class: "code" }, row.box || "–"), " ", say(`box_${country}_${row.box || "other"}`)],
      write(country === "NL" ? row.tax : row.base),
      {
        note:
          country === "NL" ? say("box_base", { amount: write(row.base) }) : say("box_tax", { amount: write(row.tax) }),
        href: open({ country, box: row.box }),
      },
    ),
  );
  const due = country === "NL" ? say("vat_due") : [make("span", { class: "code" }, "54"), " ", say("vat_due")];
  return [...tiles, tile(due, write(total(boxes, "tax")), { note: say("vat_due_note"), href: open() })];
}

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
function rateTable(query, found, write) {
  const open = opener("vat", query, OTHERWISE);
  return table(
    say("vat_rates"),
    [
      {
        title: say("rate"),
        lead: true,
        show: (row) => link(open({ tax_code: row.tax_code, rate_bp: row.rate_bp }), percent(row.rate_bp / 10000, 2)),
      },
      { title: say("vat_code"), show: (row) => row.tax_code },
      { title: say("vat_base"), figure: true, show: (row) => write(row.base), sum: (all) => write(total(all, "base")) },
      { title: say("vat_tax"), figure: true, show: (row) => write(row.tax), sum: (all) => write(total(all, "tax")) },
      {
        title: say("with_vat"),
        figure: true,
        show: (row) => write(row.base + row.tax),
        sum: (all) => write(total(all, "base") + total(all, "tax")),
      },
      {
        title: say("days"),
        show: (row) =>
          make(
            "a",
            {
              href: to("vat", { ...behind(query, OTHERWISE), country: query.country, rate: row.rate_bp }),
              "aria-label": say("vat_days", { rate: percent(row.rate_bp / 10000, 2) }),
            },
            say("by_day"),
          ),
      },
    ],
    found,
  );
}

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
function dayTable(query, found, write) {
  const open = opener("vat", query, OTHERWISE);
  return table(
    say("days"),
    [
      {
        title: say("day"),
        lead: true,
        show: (row) =>
          link(
            open({
              store: row.store,
              from: row.business_day_date,
              to: row.business_day_date,
              tax_code: row.tax_code,
              rate_bp: row.rate_bp,
            }),
            date(row.business_day_date),
          ),
      },
      { title: say("store"), show: (row) => storeName(row.store) },
      { title: say("vat_code"), show: (row) => row.tax_code },
      { title: say("vat_base"), figure: true, show: (row) => write(row.base), sum: (all) => write(total(all, "base")) },
      { title: say("vat_tax"), figure: true, show: (row) => write(row.tax), sum: (all) => write(total(all, "tax")) },
    ],
    found,
  );
}
