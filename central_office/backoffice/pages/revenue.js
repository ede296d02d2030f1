// Day revenue: by day, hour, shop and channel; days that are not complete say so.

import { bars, hourly, timeline } from "/office/charts.js";
import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { behind, inOneCurrency, opener, scope, sums, total } from "/office/pages/figures.js";
import { everyDay, to } from "/office/place.js";
import { storeName } from "/office/stores.js";
import { empty, link, pill, section, table, tile } from "/office/table.js";
import { date, money, number, say, term } from "/office/words.js";

/** @type {import("/office/pages.js").Show} */
export async function revenue(wanted) {
  const asked = scope(wanted);
  const [taken, byHour, sold, marks] = await Promise.all([
    rows("store-revenue", asked),
    rows("hour-revenue", asked),
    rows("store-sales", asked),
    rows("days", asked),
  ]);
  if (!taken.length && !sold.length) return [empty(say("no_revenue"), make("p", {}, say("no_revenue_advice")))];
  const { currency, choice, query } = inOneCurrency(wanted, [...taken, ...sold]);
  const mine = taken.filter((row) => row.currency === currency);
  const inHours = byHour.filter((row) => row.currency === currency);
  const sales = sold.filter((row) => row.currency === currency);
  const open = opener("revenue", query);
  const write = (/** @type {number} */ amount) => money(amount, currency);
  return [
    choice,
    tiles(query, mine, sales, currency),
    byDay(asked, mine, currency, open),
    make(
      "div",
      { class: "pair" },
      section(
        say("by_hour"),
        hourly(say("by_hour"), hours(inHours), write, (hour) => open({ hour })),
      ),
      make(
        "div",
        { class: "stack" },
        section(
          say("by_store"),
          bars(
            sums(mine, (row) => row.store, ["amount"])
              .sort((one, other) => other.amount - one.amount)
              .map((row) => ({
                label: storeName(row.key),
                value: row.amount,
                href: to("revenue", { ...behind(query), store: row.key }),
              })),
            write,
            { share: true },
          ),
        ),
        section(
          say("by_channel"),
          bars(
            sums(inHours, (row) => row.channel, ["amount"]).map((row) => ({
              label: term("channel", row.key),
              value: row.amount,
              href: open({ channel: row.key }),
            })),
            write,
            { share: true },
          ),
        ),
      ),
    ),
    section(say("days"), dayTable(mine, sales, marks, write, query)),
  ];
}

/** @param {any} query @param {any[]} taken @param {any[]} sold @param {string} currency */
function tiles(query, taken, sold, currency) {
  const [amount, base, discount, sales] = [
    total(taken, "amount"),
    total(taken, "base"),
    total(taken, "discount"),
    total(sold, "sales"),
  ];
  return make(
    "div",
    { class: "tiles" },
    tile(say("revenue"), money(amount, currency), { note: say("with_vat"), href: opener("revenue", query)({}) }),
    tile(say("net_revenue"), money(base, currency), { note: say("without_vat") }),
    tile(say("sales"), number(sales), { note: say("sales_note"), href: opener("sales", query)({}) }),
    tile(say("average_basket"), sales > 0 ? money(Math.round(amount / sales), currency) : "–", {
      note: say("per_sale"),
    }),
    tile(say("discounts"), money(discount, currency), { note: say("discounts_note") }),
  );
}

/** @param {any} asked @param {any[]} taken @param {string} currency @param {(more: any) => string} open */
function byDay(asked, taken, currency, open) {
  const found = new Map(sums(taken, (row) => row.business_day_date, ["amount"]).map((row) => [row.key, row.amount]));
  const days = everyDay(asked.first_day, asked.last_day);
  if (days.length < 2) return null;
  const pick = (/** @type {string} */ day) => {
    location.hash = open({ from: day, to: day }) || to("revenue", { from: day, to: day });
  };
  return section(
    say("by_day"),
    timeline(say("by_day"), days, [{ label: say("revenue"), values: days.map((day) => found.get(day) ?? 0) }], {
      write: (value) => money(value, currency),
      short: (value) => money(value, currency, { whole: true }),
      pick,
    }),
  );
}

/** @param {any[]} taken */
function hours(taken) {
  const found = sums(taken, (row) => String(row.hour), ["amount"]).map((row) => ({
    hour: Number(row.key),
    value: row.amount,
  }));
  const [first, last] = [Math.min(...found.map((each) => each.hour)), Math.max(...found.map((each) => each.hour))];
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => found.find((each) => each.hour === first + index) || { hour: first + index, value: 0 },
  );
}

/** @param {any[]} taken @param {any[]} sold @param {any[]} marks @param {(amount: number) => string} write @param {any} query */
function dayTable(taken, sold, marks, write, query) {
  const key = (/** @type {any} */ row) => `${row.business_day_date} ${row.store}`;
  const sales = new Map(sold.map((row) => [key(row), row]));
  const state = new Map(marks.map((row) => [key(row), row]));
  const only = sold.map((row) => ({ ...row, amount: 0, base: 0 })); // a gift card is sold, and no turnover
  const found = sums([...taken, ...only], key, ["amount", "base"]).sort(
    (one, other) =>
      other.first.business_day_date.localeCompare(one.first.business_day_date) ||
      one.first.store.localeCompare(other.first.store),
  );
  return table(
    say("days"),
    [
      {
        title: say("day"),
        lead: true,
        show: ({ first }) =>
          link(
            opener(
              "revenue",
              query,
            )({ store: first.store, from: first.business_day_date, to: first.business_day_date }),
            date(first.business_day_date),
          ),
      },
      { title: say("store"), show: ({ first }) => storeName(first.store) },
      { title: say("state"), show: (row) => dayState(state.get(row.key)) },
      {
        title: say("sales"),
        figure: true,
        show: (row) => number(sales.get(row.key)?.sales ?? 0),
        sum: (rows) => number(rows.reduce((sum, row) => sum + (sales.get(row.key)?.sales ?? 0), 0)),
      },
      {
        title: say("net_revenue"),
        figure: true,
        show: (row) => write(row.base),
        sum: (rows) => write(total(rows, "base")),
      },
      {
        title: say("revenue"),
        figure: true,
        show: (row) => write(row.amount),
        sum: (rows) => write(total(rows, "amount")),
      },
    ],
    found,
  );
}

/**
 * Whether a shop's day is closed, whether all of it is here, and what came later.
 * @param {any} day
 */
export function dayState(day) {
  if (!day) return pill(say("day_open"), "care");
  const open = JSON.parse(day.open_tills).length;
  return make(
    "span",
    { class: "pills" },
    day.state === "open"
      ? pill(open ? say("day_open_tills", { count: open }) : say("day_open"), "care")
      : pill(say("day_closed"), "good"),
    day.incomplete ? pill(say("day_incomplete"), "bad") : null,
    day.late_entries ? pill(say("day_changed", { count: day.late_entries }), "bad") : null,
  );
}
