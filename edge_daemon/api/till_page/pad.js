// A field with keys of its own: for PINs, amounts and counts, by finger and by keyboard alike.

import { make, told } from "./elements.js";
import { say } from "./words.js";

/**
 * @param {{ label: string, enter?: (text: string) => any, secret?: boolean, decimal?: boolean,
 *   value?: string, done?: string, changed?: (text: string) => void }} wanted `done` is what the
 *   key says that ends it; without `enter` there is none.
 */
export function pad({ label, enter, secret = false, decimal = false, value = "", done, changed = () => {} }) {
  const input = make("input", {
    type: secret ? "password" : "text", inputmode: "none", autocomplete: "off", class: "pad-value",
    maxlength: 12, "data-first": "",
  });
  input.value = value;
  const finish = async () => {
    if (enter === undefined || input.disabled) return;
    input.disabled = true;
    await told(() => enter(input.value));
    input.disabled = false;
    if (secret) input.value = "";
    if (input.isConnected) input.focus();
  };
  input.addEventListener("input", () => changed(input.value));
  /** @param {string} text @param {() => void} act @param {Record<string, any>} [more] */
  const key = (text, act, more = {}) => make("button", { type: "button", onclick: act, ...more }, text);
  const put = (/** @type {string} */ text) => {
    if (input.selectionStart === 0 && input.selectionEnd === input.value.length) input.value = "";
    input.value += text;
    changed(input.value);
  };
  /** @type {HTMLElement[]} */
  const keys = [..."123456789"].map((digit) => key(digit, () => put(digit)));
  keys.push(
    secret ? make("span") : decimal ? key(",", () => { if (!/[.,]/.test(input.value)) put(","); }, { "aria-label": say("comma") }) : key("00", () => put("00")),
    key("0", () => put("0")),
    key("⌫", () => { input.value = input.value.slice(0, -1); changed(input.value); }, { "aria-label": say("backspace") }),
  );
  const element = make("form", {
    class: "pad",
    onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      finish();
    },
  }, make("label", { class: "field" }, label, input), make("div", { class: "keys" }, keys),
  enter ? make("button", { type: "submit", class: "main enter" }, done ?? say("ok")) : null);
  return { element, input };
}
