// The pages' words: one catalogue for each language, and the ways to write figures and moments.

/** @type {Record<string, string>} */
export const LANGUAGES = { nl: "Nederlands", en: "English" };
const KEY = "back-office-language";
/** @type {Record<string, string>} */
const LOCALES = { nl: "nl-NL", en: "en-GB" }; // both with 24 hours and the day first
/** @type {Record<string, string>} */
let words = {};
let locale = "en-GB";
export let language = "en";

/**
 * Choose the language: the given one, the one chosen before, or the browser's.
 * @param {string} [chosen]
 */
export async function speak(chosen) {
  if (chosen) localStorage.setItem(KEY, chosen);
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((each) => each.slice(0, 2))];
  language = wanted.find((each) => each && each in LANGUAGES) || "en";
  words = await (await fetch(`/office/${language}.json`)).json();
  locale = LOCALES[language] || language;
  document.documentElement.lang = language;
}

/**
 * A sentence, with `{name}` filled in.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 */
export function say(key, values = {}) {
  const text = key in words ? words[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * Words for a term of the records, or the term itself where there are none.
 * @param {string} kind @param {string} term
 */
export function term(kind, term) {
  const key = `${kind}_${term}`;
  return key in words ? words[key] : term;
}

/**
 * Money, from minor units.
 * @param {number} amount @param {string} currency
 * @param {{ whole?: boolean, signed?: boolean }} [how]
 */
export function money(amount, currency, { whole = false, signed = false } = {}) {
  const style = { style: /** @type {const} */ ("currency"), currency: currency || "EUR" };
  const digits = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 2;
  return new Intl.NumberFormat(locale, {
    ...style,
    ...(whole ? { maximumFractionDigits: 0 } : {}),
    ...(signed ? { signDisplay: /** @type {const} */ ("exceptZero") } : {}),
  }).format(amount / 10 ** digits);
}

/**
 * A count.
 * @param {number} value
 */
export const number = (value) => new Intl.NumberFormat(locale).format(value);

/**
 * A quantity, from thousandths.
 * @param {number} milli @param {boolean} [signed]
 */
export function quantity(milli, signed = false) {
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: 3,
    signDisplay: signed ? "exceptZero" : "auto",
  }).format(milli / 1000);
}

/**
 * A part of one, as a percentage.
 * @param {number} part @param {number} [digits]
 */
export function percent(part, digits = 1) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(part);
}

/**
 * A span of time in hours and minutes, from microseconds.
 * @param {number} us
 */
export function span(us) {
  const minutes = Math.round(us / 60e6);
  return `${Math.floor(minutes / 60)}:${String(Math.abs(minutes) % 60).padStart(2, "0")}`;
}

/**
 * How long ago, in words.
 * @param {number} us
 */
export function ago(us) {
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - us / 1e6));
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (seconds < 60) return relative.format(-seconds, "second");
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 2 * 86400) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86400), "day");
}

/**
 * A moment: the time, and the day where it is another one than today.
 * @param {number | null | undefined} us Microseconds since 1970.
 * @param {boolean} [seconds]
 */
export const moment = (us, seconds = false) => written(us, seconds, -new Date((us || 0) / 1000).getTimezoneOffset());

/**
 * The moment of a receipt, by the clock of its shop: as it was printed.
 * @param {{ occurred_at: number, utc_offset_min: number }} receipt
 * @param {boolean} [seconds]
 */
export const printedMoment = (receipt, seconds = false) =>
  written(receipt.occurred_at, seconds, receipt.utc_offset_min);

/** @param {number | null | undefined} us @param {boolean} seconds @param {number} offset Minutes ahead of UTC. */
function written(us, seconds, offset) {
  if (us === null || us === undefined) return "–";
  const there = (/** @type {number} */ ms) => new Date(ms + offset * 60000);
  const [then, now] = [there(us / 1000), there(Date.now())];
  /** @type {Intl.DateTimeFormatOptions} */
  const time = { hour: "2-digit", minute: "2-digit", timeZone: "UTC", ...(seconds ? { second: "2-digit" } : {}) };
  if (then.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return format(then, time);
  const year = then.getUTCFullYear() === now.getUTCFullYear() ? {} : { year: /** @type {const} */ ("numeric") };
  return format(then, { day: "numeric", month: "short", ...year, ...time });
}

/**
 * A business day.
 * @param {string} day `YYYY-MM-DD`.
 * @param {"short" | "long" | "axis"} [style]
 */
export function date(day, style = "short") {
  const then = new Date(`${day}T12:00:00Z`);
  if (Number.isNaN(then.getTime())) return day;
  if (style === "axis") return format(then, { day: "numeric", month: "short", timeZone: "UTC" });
  const weekday = style === "long" ? /** @type {const} */ ("long") : /** @type {const} */ ("short");
  return format(then, {
    weekday,
    day: "numeric",
    month: style === "long" ? "long" : "short",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** @param {Date} then @param {Intl.DateTimeFormatOptions} style */
const format = (then, style) => new Intl.DateTimeFormat(locale, style).format(then);
