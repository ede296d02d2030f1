// Shop with shop, period with period: as indexes, 100 is the average or the period before.

import { bars } from "/office/charts.js";
import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { actsOf, behind, inOneCurrency, opener, scope, total } from "/office/pages/figures.js";
import { everyDay, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, link, section, table, tile } from "/office/table.js";
import { date, money, number, percent, say } from "/office/words.js";

const OTHERWISE = "month";
const EVEN = 10000;
const BASES = ["before", "week", "year"];

/** @type {import("/office/pages.js").Show} */
export async function comparison(wanted) {
  const asked = scope(wanted, OTHERWISE);
  const start = reference(asked.first_day, asked.last_day, wanted.base || "before");
  const [compared, figures] = await Promise.all([
    rows("comparison", { ...asked, reference_first_day: start }),
    rows("key-figures", asked),
  ]);
  if (!compared.length) return [empty(say("no_revenue"), make("p", {}, say("no_revenue_advice")))];
  const { currency, choice, query } = inOneCurrency(wanted, compared);
  const mine = compared.filter((row) => row.currency === currency).sort((one, other) => other.revenue - one.revenue);
  const write = (/** @type {number} */ amount) => money(amount, currency);
  const end = everyDay(asked.first_day, asked.last_day).length - 1;
  const until = new Date(Date.parse(`${start}T12:00:00Z`) + end * 86400000).toISOString().slice(0, 10);
  const [now, before] = [total(mine, "revenue"), total(mine, "reference_revenue")];
  return [
    choice,
    make(
      "p",
      { class: "buttons", role: "group", "aria-label": say("compared_with") },
      make("span", { class: "quiet" }, say("compared_with")),
      BASES.map((each) =>
        make(
          "a",
          {
            class: `button${each === (query.base || "before") ? " chosen" : ""}`,
            "aria-current": each === (query.base || "before") ? "true" : null,
            href: to("comparison", { ...query, base: each }),
          },
          say(`base_${each}`),
        ),
      ),
    ),
    make(
      "div",
      { class: "tiles" },
      tile(say("revenue"), write(now), { note: change(now, before), href: opener("revenue", query, OTHERWISE)() }),
      tile(say("reference"), write(before), {
        note: `${date(start)} – ${date(until)}`,
        href: to("revenue", { store: query.store, currency: query.currency, from: start, to: until }),
      }),
      tile(say("index"), before > 0 ? index(Math.round((EVEN * now) / before)) : "–", { note: say("index_note") }),
    ),
    section(say("by_store"), compareTable(query, mine, write), { words: say("index_words") }),
    section(
      say("store_index"),
      bars(
        mine
          .filter((row) => row.store_index !== null)
          .map((row) => ({
            label: storeName(row.store),
            value: row.store_index,
            href: to("revenue", { ...behind(query, OTHERWISE), store: row.store }),
            tone: row.store_index < EVEN ? "second" : "accent",
          })),
        index,
      ),
      { words: say("store_index_words") },
    ),
    section(
      say("key_figures"),
      keyTable(
        query,
        figures.filter((row) => row.currency === currency),
        write,
      ),
    ),
  ];
}

/**
 * The first day with which is compared: just before, the same weekdays before, or a year ago on the same weekday.
 * @param {string} first @param {string} last @param {string} base
 */
function reference(first, last, base) {
  const length = everyDay(first, last).length;
  const back = base === "year" ? 364 : base === "week" ? Math.ceil(length / 7) * 7 : length;
  return new Date(Date.parse(`${first}T12:00:00Z`) - back * 86400000).toISOString().slice(0, 10);
}

/** @param {number | null} value */
const index = (value) => (value === null ? "–" : number(Math.round(value / 10) / 10));

/** @param {number} now @param {number} before */
function change(now, before) {
  if (before <= 0) return say("no_reference");
  const part = now / before - 1;
  return make("span", { class: part < 0 ? "down" : "up" }, `${part < 0 ? "▼" : "▲"} ${percent(Math.abs(part))}`);
}

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
function compareTable(query, found, write) {
  const open = opener("revenue", query, OTHERWISE);
  return table(
    say("by_store"),
    [
      { title: say("store"), lead: true, show: (row) => link(open({ store: row.store }), storeName(row.store)) },
      {
        title: say("revenue"),
        figure: true,
        show: (row) => write(row.revenue),
        sum: (all) => write(total(all, "revenue")),
      },
      {
        title: say("reference"),
        figure: true,
        show: (row) => write(row.reference_revenue),
        sum: (all) => write(total(all, "reference_revenue")),
      },
      { title: say("change_in"), figure: true, show: (row) => change(row.revenue, row.reference_revenue) },
      { title: say("period_index"), figure: true, show: (row) => index(row.period_index) },
      { title: say("store_index"), figure: true, show: (row) => index(row.store_index) },
      { title: say("basket_index"), figure: true, show: (row) => index(row.basket_index) },
    ],
    found,
  );
}

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
function keyTable(query, found, write) {
  const counted = opener("statistics", query, OTHERWISE);
  const share = (/** @type {number | null} */ value) => (value === null ? "–" : percent(value / EVEN, 1));
  const amount = (/** @type {number | null} */ value) => (value === null ? "–" : write(value));
  return table(
    say("key_figures"),
    [
      { title: say("store"), lead: true, show: (row) => storeName(row.store) },
      {
        title: say("sales"),
        figure: true,
        show: (row) => link(opener("sales", query, OTHERWISE)({ store: row.store }), number(row.sales)),
      },
      { title: say("average_basket"), figure: true, show: (row) => amount(row.average_basket) },
      {
        title: say("items_per_sale"),
        figure: true,
        show: (row) => (row.items_per_sale_milli === null ? "–" : number(row.items_per_sale_milli / 1000)),
      },
      {
        title: say("return_share"),
        figure: true,
        show: (row) => link(counted({ store: row.store, kind: "Return" }), share(row.return_share_bp)),
      },
      {
        title: say("discount_share"),
        figure: true,
        show: (row) => link(counted({ store: row.store, kind: "Discount" }), share(row.discount_share_bp)),
      },
      {
        title: say("void_share"),
        figure: true,
        show: (row) => link(counted({ store: row.store, kind: "PostVoided" }), share(row.void_share_bp)),
      },
      {
        title: say("no_sales"),
        figure: true,
        show: (row) =>
          link(
            actsOf({ ...query, store: row.store }, { kind: "DrawerOpened", name: "NoSale" }, OTHERWISE),
            number(row.no_sales),
          ),
      },
      { title: say("sales_per_hour"), figure: true, show: (row) => amount(row.sales_per_hour) },
      {
        title: say("page_differences"),
        figure: true,
        show: (row) =>
          link(
            may("cashiers") ? to("differences", { ...behind(query, OTHERWISE), store: row.store }) : "",
            make("span", { class: row.cash_difference < 0 ? "minus" : null }, amount(row.cash_difference)),
          ),
      },
    ],
    found,
  );
}
