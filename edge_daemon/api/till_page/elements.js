// Making elements. Text is always text: nothing that the box says can become markup.

/** @typedef {string | number | Node | null | undefined | false} Child */

import { sentence } from "./failures.js";
import { say } from "./words.js";

/**
 * An element: attributes (`on…` are listeners), then children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shown(children.flat()));
  return element;
}

/** @param {Child[]} children @returns {(string | Node)[]} Those that are there. */
function shown(children) {
  return children.filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** A button that is busy while what it does is under way, and says what went wrong.
 *  @param {Child | Child[]} content @param {() => any} act @param {Record<string, any>} [attributes] */
export function button(content, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, content);
  element.addEventListener("click", async () => {
    if (element.disabled) return;
    element.disabled = true;
    await told(act);
    element.disabled = false;
  });
  return element;
}

/** Do something; what goes wrong is told. @template T @param {() => T | Promise<T>} act
 *  @returns {Promise<T | undefined>} */
export async function told(act) {
  try {
    return await act();
  } catch (error) {
    announce(sentence(error), "bad");
    return undefined;
  }
}

/** Say something at the bottom of the page, for a while.
 *  @param {string} text @param {"" | "good" | "bad"} [tone] */
export function announce(text, tone = "") {
  const place = document.querySelector("dialog[open]:last-of-type .said") ?? byId("said");
  place.textContent = text;
  place.className = `said ${tone}`;
  clearTimeout(fading);
  fading = window.setTimeout(() => { place.textContent = ""; }, tone === "bad" ? 9000 : 4000);
}
let fading = 0;

/** What was said is in nobody's way. */
addEventListener("pointerdown", () => {
  for (const place of document.querySelectorAll(".said:not(.bad)")) place.textContent = "";
});

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
}

/**
 * A dialog over the page. `fill(close)` gives its content; what it is closed with comes out, and
 * undefined where a person gave up.
 * @template T @param {string} title @param {(close: (value?: T) => void) => (Child | Child[])} fill
 * @param {{ wide?: boolean }} [options] @returns {Promise<T | undefined>}
 */
export function dialog(title, fill, { wide = false } = {}) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    /** @type {T | undefined} */
    let result;
    const name = `dialog-${(numbers += 1)}`;
    const element = make("dialog", { "aria-labelledby": name, class: wide ? "wide" : "" });
    const close = (/** @type {T} */ value = /** @type {any} */ (undefined)) => {
      result = value;
      element.close();
    };
    const leave = make("button", { type: "button", class: "leave", "aria-label": say("close") }, "✕");
    leave.addEventListener("click", () => close());
    const content = fill(close);
    element.append(
      make("div", { class: "dialog-head" }, make("h2", { id: name }, title), leave),
      make("div", { class: "dialog-body" }, ...(Array.isArray(content) ? content : [content])),
      make("p", { class: "said", role: "status" }),
    );
    element.addEventListener("close", () => {
      element.remove();
      if (before instanceof HTMLElement) before.focus();
      resolve(result);
    });
    document.body.append(element);
    element.showModal();
    const first = element.querySelector("[data-first], input, .dialog-body button");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  });
}
let numbers = 0;

/** Close whatever dialog is open. */
export function closeDialogs() {
  for (const each of document.querySelectorAll("dialog[open]")) {
    if (each instanceof HTMLDialogElement) each.close();
  }
}

/** Ask yes or no. @param {string} title @param {string} words @param {string} yes */
export async function confirmed(title, words, yes) {
  const answer = await dialog(title, (close) => [
    make("p", {}, words),
    make("div", { class: "buttons" }, button(yes, () => close(true), { class: "main" }),
      button(say("back"), () => close())),
  ]);
  return answer === true;
}

/** Something that is typed, with its name above it.
 *  @param {string} name @param {HTMLElement} input @param {string} [hint] */
export function field(name, input, hint) {
  return make("label", { class: "field" }, name, input, hint ? make("span", { class: "quiet" }, hint) : null);
}

/** One of several: a row of buttons of which one is chosen.
 *  @param {string} legend @param {[string, string][]} choices value and words @param {string} [chosen]
 *  @param {(value: string) => void} [changed] */
export function choice(legend, choices, chosen, changed = () => {}) {
  const name = `choice-${(numbers += 1)}`;
  const element = make("fieldset", { class: "choices" }, make("legend", {}, legend),
    choices.map(([value, words]) => make("label", {},
      make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => changed(value) }),
      make("span", {}, words))));
  const get = () => {
    const found = element.querySelector("input:checked");
    return found instanceof HTMLInputElement ? found.value : "";
  };
  return { element, get };
}
