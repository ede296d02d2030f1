// Revenue per product group; a chosen group by shop and by hour.

import { groupNames } from "/office/articles.js";
import { bars, hourly } from "/office/charts.js";
import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { NOTHING, behind, inOneCurrency, opener, scope, sums, total } from "/office/pages/figures.js";
import { to } from "/office/place.js";
import { storeName } from "/office/stores.js";
import { empty, section, table } from "/office/table.js";
import { money, number, percent, quantity, say } from "/office/words.js";

/** @type {import("/office/pages.js").Show} */
export async function groups(asked) {
  const found = await rows("group-revenue", { ...scope(asked), product_group: groupOf(asked) });
  if (!found.length) return [empty(say("no_revenue"), make("p", {}, say("no_revenue_advice")))];
  const { currency, choice, query } = inOneCurrency(asked, found);
  const mine = found.filter((row) => row.currency === currency);
  const write = (/** @type {number} */ amount) => money(amount, currency);
  return [choice, query.group ? await one({ ...query, currency }, mine, write) : all(query, mine, write)].flat();
}

/** @param {string} group @param {string} name */
const groupName = (group, name) =>
  name === group ? group || say("no_group") : [`${name} `, make("span", { class: "id" }, group)];

/** The group that the address names; there are goods without one. @param {any} query */
const groupOf = (query) => (query.group === NOTHING ? "" : query.group);

const FIGURES = ["receipts", "quantity_milli", "amount", "base", "discount"];

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
function all(query, found, write) {
  const byGroup = sums(found, (row) => row.product_group, FIGURES).sort((one, other) => other.amount - one.amount);
  const whole = total(found, "amount");
  const named = groupNames(found);
  const open = (/** @type {string} */ group) => to("groups", { ...behind(query), group: group || NOTHING });
  return [
    section(
      say("share_of_revenue"),
      bars(
        byGroup.map((row) => ({ label: named(row.key) || say("no_group"), value: row.amount, href: open(row.key) })),
        write,
        { share: true },
      ),
    ),
    section(
      say("page_groups"),
      table(
        say("page_groups"),
        [
          {
            title: say("group"),
            lead: true,
            show: (row) => make("a", { href: open(row.key) }, groupName(row.key, named(row.key))),
          },
          { title: say("receipts"), figure: true, show: (row) => number(row.receipts) },
          {
            title: say("pieces"),
            figure: true,
            show: (row) => quantity(row.quantity_milli),
            sum: (rows) => quantity(total(rows, "quantity_milli")),
          },
          {
            title: say("discounts"),
            figure: true,
            show: (row) => write(row.discount),
            sum: (rows) => write(total(rows, "discount")),
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
          { title: say("share"), figure: true, show: (row) => (whole > 0 ? percent(row.amount / whole) : "–") },
        ],
        byGroup,
      ),
    ),
  ];
}

/** @param {any} query @param {any[]} found @param {(amount: number) => string} write */
async function one(query, found, write) {
  const hours = await rows("group-hours", {
    ...scope(query),
    product_group: groupOf(query),
    currency: query.currency,
  });
  const name = groupNames(found)(groupOf(query)) || say("no_group");
  const byStore = sums(found, (row) => row.store, FIGURES).sort((one, other) => other.amount - one.amount);
  const revenue = opener("revenue", query);
  const open = (/** @type {Record<string, any>} */ more) => revenue({ product_group: groupOf(query), ...more });
  const byHour = sums(hours, (row) => String(row.hour), ["amount"])
    .map((row) => ({ hour: Number(row.key), value: row.amount }))
    .sort((one, other) => one.hour - other.hour);
  return [
    make("p", {}, make("a", { href: to("groups", behind(query)) }, `← ${say("all_groups")}`)),
    make(
      "div",
      { class: "pair" },
      section(
        `${name}: ${say("by_store")}`,
        bars(
          byStore.map((row) => ({
            label: storeName(row.key),
            value: row.amount,
            href: open({ store: row.key }),
            note: `${quantity(row.quantity_milli)} ${say("pieces").toLowerCase()}`,
          })),
          write,
          { share: true },
        ),
      ),
      section(
        `${name}: ${say("by_hour")}`,
        hourly(say("by_hour"), byHour, write, (hour) => open({ hour })),
      ),
    ),
  ];
}
