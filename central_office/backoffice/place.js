// Where somebody is: a page with what is looked at, in the address, so that it can be sent and kept.

/** @typedef {Record<string, string>} Query */
/** @typedef {{ page: string, query: Query }} Place */

/** @returns {Place} */
export function here() {
  const [page, rest] = location.hash.replace(/^#\/?/, "").split("?");
  return { page: decodeURIComponent(page || ""), query: Object.fromEntries(new URLSearchParams(rest || "")) };
}

/**
 * The address of a page.
 * @param {string} page
 * @param {Record<string, string | number | null | undefined>} [query] What is absent or empty is left out.
 */
export function to(page, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${page}${search ? `?${search}` : ""}`;
}

/** @param {Date} day */
const written = (day) =>
  `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

/** @param {number} year @param {number} month @param {number} day */
const on = (year, month, day) => written(new Date(year, month, day));

export const PERIODS = [
  "today",
  "yesterday",
  "week",
  "days7",
  "days30",
  "month",
  "last_month",
  "quarter",
  "last_quarter",
  "year",
];

/**
 * The days of a period, both included.
 * @param {string} name
 * @param {Date} [now]
 * @returns {{ from: string, to: string }}
 */
export function period(name, now = new Date()) {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const quarter = 3 * Math.floor(month / 3);
  const today = written(now);
  switch (name) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: on(year, month, day - 1), to: on(year, month, day - 1) };
    case "week":
      return { from: on(year, month, day - ((now.getDay() + 6) % 7)), to: today };
    case "days30":
      return { from: on(year, month, day - 29), to: today };
    case "month":
      return { from: on(year, month, 1), to: today };
    case "last_month":
      return { from: on(year, month - 1, 1), to: on(year, month, 0) };
    case "quarter":
      return { from: on(year, quarter, 1), to: today };
    case "last_quarter":
      return { from: on(year, quarter - 3, 1), to: on(year, quarter, 0) };
    case "year":
      return { from: on(year, 0, 1), to: today };
    default:
      return { from: on(year, month, day - 6), to: today };
  }
}

/**
 * The days that a query names: its own, or those of its period.
 * @param {Query} query @param {string} otherwise The period where it names none.
 */
export function days(query, otherwise) {
  if (query.from || query.to) return { from: query.from || query.to, to: query.to || query.from };
  return period(query.period || otherwise);
}

/**
 * Every day from one to another, at most `limit` of them, the last ones.
 * @param {string} from @param {string} until
 */
export function everyDay(from, until, limit = 800) {
  const found = [];
  for (
    let at = Date.parse(`${until}T12:00:00Z`);
    at >= Date.parse(`${from}T12:00:00Z`) && found.length < limit;
    at -= 86400000
  ) {
    found.unshift(new Date(at).toISOString().slice(0, 10));
  }
  return found;
}
