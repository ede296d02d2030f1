// The page's words: one catalogue for each language, and the ways to write numbers and moments.

export const LANGUAGES = { nl: "Nederlands", en: "English", fr: "Français", de: "Deutsch" };
const KEY = "pos-edge-language";
const LOCALES = { en: "en-GB" }; // 24 hours and the day first, as the other three
let words = {};
let locale = "en-GB";
export let language = "en";

/** Choose the language: the given one, the one chosen before, or the browser's. */
export async function speak(chosen) {
  if (chosen) localStorage.setItem(KEY, chosen);
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((each) => each.slice(0, 2))];
  language = wanted.find((each) => each in LANGUAGES) || "en";
  words = await (await fetch(`/status/${language}.json`, { credentials: "omit" })).json();
  locale = LOCALES[language] || language;
  document.documentElement.lang = language;
}

/** A sentence, with `{name}` filled in. */
export function say(key, values = {}) {
  const text = key in words ? words[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** True when there are words for `key`. */
export const knows = (key) => key in words;

/** Money, from minor units. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export const number = (value) => new Intl.NumberFormat(locale).format(value);

export function size(bytes) {
  const [divisor, unit] = bytes >= 1e9 ? [1e9, "gigabyte"] : [1e6, "megabyte"];
  return new Intl.NumberFormat(locale, {
    style: "unit", unit, maximumFractionDigits: bytes / divisor < 10 ? 1 : 0,
  }).format(bytes / divisor);
}

export function celsius(degrees) {
  return new Intl.NumberFormat(locale, { style: "unit", unit: "celsius", maximumFractionDigits: 0 })
    .format(degrees);
}

/** A moment in microseconds: the time, and the day where it is another one than today. */
export function moment(us, seconds = false) {
  const then = new Date(us / 1000);
  const time = { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) };
  const today = then.toDateString() === new Date().toDateString();
  const style = today ? time : { day: "numeric", month: "short", ...time };
  return new Intl.DateTimeFormat(locale, style).format(then);
}

export function day(us) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(us / 1000));
}
