// What is looked at: a period, a shop. Choosing changes the address, and the page follows it.

import { make } from "/office/elements.js";
import { days, PERIODS, to } from "/office/place.js";
import { storeIds, storeName } from "/office/stores.js";
import { say } from "/office/words.js";

/** @typedef {import("/office/place.js").Query} Query */

/**
 * @param {import("/office/pages.js").Page} page
 * @param {Query} query
 */
export function filters(page, query) {
  const go = (/** @type {Query} */ change) => {
    location.hash = to(page.name, { ...query, ...change });
  };
  return make(
    "form",
    { class: "filters", role: "search", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    page.filters.includes("store") && storeIds().length > 1
      ? label(
          say("store"),
          storeChoice(query.store || "", (store) => go({ store })),
        )
      : null,
    page.filters.includes("period") ? periodChoice(query, page.period || "days7", go) : null,
  );
}

/** @param {string} text @param {HTMLElement} field */
const label = (text, field) => make("label", {}, text, field);

/** @param {string} chosen @param {(store: string) => void} choose */
function storeChoice(chosen, choose) {
  const select = make(
    "select",
    {},
    make("option", { value: "" }, say("all_stores")),
    storeIds().map((store) => make("option", { value: store, selected: store === chosen }, storeName(store))),
  );
  select.addEventListener("change", () => choose(select.value));
  return select;
}

/** @param {Query} query @param {string} otherwise @param {(change: Query) => void} go */
function periodChoice(query, otherwise, go) {
  const own = Boolean(query.from || query.to);
  const span = days(query, otherwise);
  const select = make(
    "select",
    {},
    [...PERIODS, "own"].map((name) =>
      make(
        "option",
        { value: name, selected: own ? name === "own" : name === (query.period || otherwise) },
        say(`period_${name}`),
      ),
    ),
  );
  select.addEventListener("change", () => {
    if (select.value === "own") go({ ...span, period: "" });
    else go({ period: select.value, from: "", to: "" });
  });
  const day = (/** @type {"from" | "to"} */ name) => {
    const field = make("input", { type: "date", value: span[name], required: true });
    field.addEventListener("change", () => {
      if (field.value) go({ ...span, [name]: field.value, period: "" });
    });
    return label(say(name), field);
  };
  return [label(say("period"), select), ...(own ? [day("from"), day("to")] : [])];
}
