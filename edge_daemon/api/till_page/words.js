// The till's words: one catalogue for each language, and the ways to write money and moments.

/** @type {Record<string, string>} */
export const LANGUAGES = { nl: "Nederlands", en: "English", fr: "Français", de: "Deutsch" };
const KEY = "pos-till-language";
/** @type {Record<string, string>} */
const LOCALES = { en: "en-GB" }; // 24 hours and the day first, as the other three
/** @type {Record<string, string>} */
let words = {};
let locale = "nl";
let currency = "EUR";
export let language = "nl";

/** Choose the language: the given one, else the one that was chosen before, else Dutch.
 *  @param {string} [chosen] */
export async function speak(chosen) {
  if (chosen) localStorage.setItem(KEY, chosen);
  const wanted = localStorage.getItem(KEY) ?? "nl";
  language = wanted in LANGUAGES ? wanted : "nl";
  words = await (await fetch(`/till/${language}.json`, { credentials: "omit" })).json();
  locale = LOCALES[language] ?? language;
  document.documentElement.lang = language;
}

/** @param {string} code The shop's currency, ISO 4217. */
export function count(code) { currency = code; }

/** A sentence, with `{name}` filled in. @param {string} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** True when there are words for `key`. @param {string} key */
export const knows = (key) => key in words;

/** Decimals of the shop's currency. */
function decimals() {
  return new Intl.NumberFormat(locale, { style: "currency", currency })
    .resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money, from minor units. @param {number} amount */
export function money(amount) {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount / 10 ** decimals());
}

/** Minor units, from what a person typed: `12,50`, `12.5`, `1250`; null where it is no amount.
 *  @param {string} text */
export function typedMoney(text) {
  const found = /^(\d{1,8})(?:[.,](\d{0,3}))?$/.exec(text.trim().replace(/[€\s]/g, ""));
  if (found === null || (found[2] ?? "").length > decimals()) return null;
  return Number(found[1]) * 10 ** decimals() + Number((found[2] ?? "").padEnd(decimals(), "0"));
}

/** As it is typed. @param {number} amount */
export function plainMoney(amount) {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: decimals(), maximumFractionDigits: decimals(), useGrouping: false,
  }).format(amount / 10 ** decimals());
}

/** Thousandths as pieces or kilograms. @param {number} milli @param {string} [uom] */
export function quantity(milli, uom) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(milli / 1000);
  return uom === "KGM" ? `${number} kg` : uom === "LTR" ? `${number} l` : uom === "MTR" ? `${number} m` : number;
}

/** Basis points. @param {number} bp */
export function percent(bp) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(bp / 10_000);
}

/** A moment in microseconds: the time, and the day where it is another one than today.
 *  @param {number} us */
export function moment(us) {
  const then = new Date(us / 1000);
  /** @type {Intl.DateTimeFormatOptions} */
  const time = { hour: "2-digit", minute: "2-digit" };
  const today = then.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale, today ? time : { day: "numeric", month: "short", ...time }).format(then);
}
