// Cash differences: the trend, by till and by cashier, each count.

import { bars, timeline } from "/office/charts.js";
import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { behind, inOneCurrency, opener, scope, sums, total } from "/office/pages/figures.js";
import { everyDay, to } from "/office/place.js";
import { storeName } from "/office/stores.js";
import { empty, link, section, table, tile } from "/office/table.js";
import { date, money, number, percent, say, term } from "/office/words.js";

const OTHERWISE = "days30";

/** @type {import("/office/pages.js").Show} */
export async function differences(wanted) {
  const asked = scope(wanted, OTHERWISE);
  const all = await rows("differences", asked);
  const { currency, choice, query } = inOneCurrency(wanted, all);
  const counts = all.filter(
    (row) =>
      row.currency === currency &&
      (!query.till || row.workstation_id === query.till) &&
      (!query.operator || row.operator_id === query.operator),
  );
  if (!counts.length) return [choice, empty(say("no_counts"), make("p", {}, say("no_counts_advice")))];
  const write = (/** @type {number} */ amount) => money(amount, currency, { signed: true });
  const wrong = counts.filter((row) => row.difference);
  const days = everyDay(asked.first_day, asked.last_day);
  const byDay = new Map(
    sums(counts, (row) => row.business_day_date, ["difference"]).map((row) => [row.key, row.difference]),
  );
  const sorted = (/** @type {(row: any) => string} */ key) =>
    sums(wrong, key, ["difference"]).sort((one, other) => one.difference - other.difference);
  return [
    choice,
    make(
      "div",
      { class: "tiles" },
      tile(say("difference"), write(total(counts, "difference")), {
        tone: total(counts, "difference") < 0 ? "bad" : "",
      }),
      tile(
        say("short"),
        write(
          total(
            counts.filter((row) => row.difference < 0),
            "difference",
          ),
        ),
        { note: say("short_note") },
      ),
      tile(
        say("over"),
        write(
          total(
            counts.filter((row) => row.difference > 0),
            "difference",
          ),
        ),
        { note: say("over_note") },
      ),
      tile(say("counts_right"), percent((counts.length - wrong.length) / counts.length), {
        note: say("counts_count", { count: number(counts.length) }),
      }),
    ),
    section(
      say("trend"),
      timeline(say("trend"), days, [{ label: say("difference"), values: days.map((day) => byDay.get(day) ?? 0) }], {
        write,
        short: (value) => money(value, currency, { whole: true }),
        pick: (day) => {
          location.hash = to("differences", { ...behind(query, OTHERWISE), from: day, to: day });
        },
      }),
    ),
    make(
      "div",
      { class: "pair" },
      section(
        say("by_till"),
        signed(
          sorted((row) => `${row.store} ${row.workstation_id}`),
          (row) =>
            to("differences", { ...behind(query, OTHERWISE), store: row.first.store, till: row.first.workstation_id }),
          write,
          (row) => `${storeName(row.first.store)} ${row.first.workstation_id}`,
        ),
      ),
      section(
        say("by_cashier"),
        signed(
          sorted((row) => row.operator_id),
          (row) => to("differences", { ...behind(query, OTHERWISE), operator: row.key }),
          write,
        ),
      ),
    ),
    section(
      say("counts"),
      table(
        say("counts"),
        [
          {
            title: say("day"),
            lead: true,
            show: (row) =>
              link(
                opener(
                  "money",
                  query,
                )({
                  store: row.store,
                  from: row.business_day_date,
                  to: row.business_day_date,
                  workstation_id: row.workstation_id,
                  session_id: row.session_id,
                  tender_type: row.tender_type,
                }),
                date(row.business_day_date),
              ),
          },
          { title: say("store"), show: (row) => storeName(row.store) },
          { title: say("till"), show: (row) => row.workstation_id },
          { title: say("cashier"), show: (row) => row.operator_id || "–" },
          { title: say("tender"), show: (row) => term("tender", row.tender_type) },
          { title: say("expected"), figure: true, show: (row) => money(row.expected, currency) },
          { title: say("counted"), figure: true, show: (row) => money(row.counted, currency) },
          {
            title: say("difference"),
            figure: true,
            show: (row) => make("span", { class: row.difference < 0 ? "minus" : null }, write(row.difference)),
            sum: (rows) => write(total(rows, "difference")),
          },
          { title: say("reason"), show: (row) => row.reason },
        ],
        [...counts].reverse(),
      ),
    ),
  ];
}

/** @param {any[]} found @param {(row: any) => string} href @param {(amount: number) => string} write */
function signed(found, href, write, name = (/** @type {any} */ row) => row.key) {
  if (!found.length) return empty(say("no_differences"));
  return bars(
    found
      .slice(0, 12)
      .map((row) => ({
        label: name(row) || say("unknown"),
        value: row.difference,
        href: href(row),
        tone: row.difference < 0 ? "bad" : "second",
      })),
    write,
  );
}
