// Forms in dialogs: what is refused is said in them, and nothing that was filled in is lost.

import { announce, make } from "/office/elements.js";
import { say } from "/office/words.js";

/**
 * @param {() => void} close @param {() => unknown} again Show the page anew.
 * @param {string} done What is said afterwards.
 * @param {() => Promise<unknown>} act
 * @param {import("/office/elements.js").Children} fields @param {string} [words] Of the button.
 */
export function form(close, again, done, act, fields, words = say("save")) {
  const wrong = make("p", { class: "wrong", role: "alert", hidden: true });
  const go = make("button", { type: "submit", class: "main" }, words);
  return make(
    "form",
    {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await act();
          close();
          if (done) announce(done);
          await again();
        } catch (error) {
          wrong.hidden = false;
          wrong.textContent = error instanceof Error ? error.message : String(error);
          go.disabled = false;
        }
      },
    },
    wrong,
    fields,
    make("p", { class: "buttons" }, go, make("button", { type: "button", onclick: close }, say("cancel"))),
  );
}

/** @param {string} title @param {HTMLElement} input @param {string} [note] */
export const field = (title, input, note = "") =>
  make("label", { class: "field" }, title, input, note ? make("small", {}, note) : null);

/**
 * A quantity that somebody types, as thousandths; null where it is empty.
 * @param {string} text
 */
export function thousandths(text) {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" ? null : Math.round(number * 1000);
}
