// The page's words: one catalogue for each language, and how money is written.

export const LANGUAGES = { nl: "Nederlands", en: "English" };
const KEY = "pos-bench-language";
const LOCALES = { nl: "nl-NL", en: "en-GB" };
let words = {};
export let language = "en";

/** Choose the language: the given one, the one chosen before, or the browser's. */
export async function speak(chosen) {
  if (chosen) localStorage.setItem(KEY, chosen);
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((each) => each.slice(0, 2))];
  language = wanted.find((each) => each in LANGUAGES) || "en";
  words = await (await fetch(`/${language}.json`, { credentials: "omit" })).json();
  document.documentElement.lang = language;
}

/** A sentence, with `{name}` filled in. */
export function say(key, values = {}) {
  const text = key in words ? words[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** True when there are words for `key`. */
export const knows = (key) => key in words;

/** Words for `key`, or what is given, which is English. */
export const sayOr = (key, english) => (knows(key) ? say(key) : english);

/** Money, from cents. */
export function money(cents, currency = "EUR") {
  return new Intl.NumberFormat(LOCALES[language], { style: "currency", currency }).format(cents / 100);
}

/** A time of day, from microseconds. */
export function time(us) {
  return new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(us / 1000));
}
