// Hours: planned and worked, by person; what was sold in each hour of work.

import { make } from "/office/elements.js";
import { rows } from "/office/office.js";
import { inOneCurrency, scope, sums, total } from "/office/pages/figures.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { date, money, moment, say, span } from "/office/words.js";

const HOUR_US = 3600e6;

/** @type {import("/office/pages.js").Show} */
export async function hours(query) {
  const asked = scope(query);
  const [worked, planned, sold] = await Promise.all([
    rows("hours", asked),
    rows("roster", asked),
    may("figures") ? rows("store-revenue", asked) : [],
  ]);
  if (!worked.length && !planned.length) return [empty(say("no_hours"), make("p", {}, say("no_hours_advice")))];
  const people = merged(worked, planned);
  const { currency, choice } = inOneCurrency(query, sold);
  const [done, wanted, revenue] = [
    total(worked, "worked_us"),
    planned.reduce((sum, row) => sum + row.end_at - row.start_at, 0),
    total(
      sold.filter((row) => row.currency === currency),
      "amount",
    ),
  ];
  return [
    choice,
    make(
      "div",
      { class: "tiles" },
      tile(say("worked"), span(done), { note: say("worked_note") }),
      tile(say("planned"), wanted ? span(wanted) : "–", { note: say("planned_note") }),
      may("figures") &&
        tile(say("sales_per_hour"), done ? money(Math.round(revenue / (done / HOUR_US)), currency) : "–", {
          note: say("sales_per_hour_note"),
        }),
    ),
    section(
      say("by_person"),
      table(
        say("by_person"),
        [
          { title: say("person"), lead: true, show: (row) => row.key },
          { title: say("days"), figure: true, show: (row) => String(row.days) },
          {
            title: say("planned"),
            figure: true,
            show: (row) => (row.planned ? span(row.planned) : "–"),
            sum: () => span(wanted),
          },
          { title: say("worked"), figure: true, show: (row) => span(row.worked), sum: () => span(done) },
          {
            title: say("difference"),
            figure: true,
            show: (row) =>
              row.planned ? `${row.worked < row.planned ? "−" : "+"}${span(Math.abs(row.worked - row.planned))}` : "–",
          },
        ],
        people,
      ),
    ),
    section(
      say("days"),
      table(
        say("days"),
        [
          { title: say("day"), lead: true, show: (row) => date(row.business_day_date) },
          { title: say("person"), show: (row) => row.subject_operator_id },
          { title: say("store"), show: (row) => storeName(row.store) },
          { title: say("state"), show: (row) => (row.is_open ? pill(say("clocked_in"), "care") : "") },
          { title: say("worked"), figure: true, show: (row) => span(row.worked_us) },
        ],
        [...worked].sort((one, other) => other.business_day_date.localeCompare(one.business_day_date)),
      ),
    ),
    planned.length
      ? section(
          say("roster"),
          table(
            say("roster"),
            [
              { title: say("person"), lead: true, show: (row) => row.subject_operator_id },
              { title: say("place"), show: (row) => storeName(row.location_id) },
              { title: say("from"), show: (row) => moment(row.start_at) },
              { title: say("to"), show: (row) => moment(row.end_at) },
            ],
            planned,
          ),
        )
      : null,
  ];
}

/** @param {any[]} worked @param {any[]} planned */
function merged(worked, planned) {
  const all = [
    ...worked.map((row) => ({ person: row.subject_operator_id, days: 1, worked: row.worked_us, planned: 0 })),
    ...planned.map((row) => ({
      person: row.subject_operator_id,
      days: 0,
      worked: 0,
      planned: row.end_at - row.start_at,
    })),
  ];
  return sums(all, (row) => row.person, ["days", "worked", "planned"]).sort((one, other) =>
    one.key.localeCompare(other.key),
  );
}
