// Signing in.

import { ask, Refused } from "/office/office.js";
import { dialog, make } from "/office/elements.js";
import { field, form } from "/office/forms.js";
import { language, LANGUAGES, say, speak } from "/office/words.js";

/** Characters of a password at least, as the office asks for. */
export const SHORTEST = 10;

/**
 * The page that asks who is there.
 * @param {() => unknown} entered
 * @param {string} words What is said above the fields.
 * @returns {HTMLElement}
 */
export function login(entered, words) {
  const name = make("input", {
    type: "text",
    name: "username",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    maxlength: 64,
  });
  const password = make("input", {
    type: "password",
    name: "password",
    autocomplete: "current-password",
    required: true,
    maxlength: 256,
  });
  const wrong = make("p", { class: "wrong", role: "alert", hidden: !words }, words);
  const go = make("button", { type: "submit", class: "main" }, say("sign_in"));
  const form = make(
    "form",
    {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await ask("POST", "/v1/login", { name: name.value.trim(), password: password.value });
          await entered();
        } catch (error) {
          wrong.hidden = false;
          wrong.textContent = error instanceof Refused ? told(error) : say("not_reachable");
          go.disabled = false;
          password.select();
        }
      },
    },
    wrong,
    make("label", { class: "field" }, say("user_name"), name),
    make("label", { class: "field" }, say("password"), password),
    go,
  );
  return make(
    "main",
    { class: "welcome", id: "main", tabindex: -1 },
    make(
      "p",
      { class: "brand" },
      make("img", { src: "/office/icon.svg", alt: "", width: 44, height: 44 }),
      say("back_office"),
    ),
    make("section", { class: "card" }, make("h1", {}, say("welcome")), form),
    make(
      "p",
      { class: "buttons languages" },
      Object.entries(LANGUAGES).map(([key, title]) =>
        make(
          "button",
          {
            type: "button",
            class: "plain",
            lang: key,
            "aria-pressed": String(key === language),
            onclick: async () => {
              await speak(key);
              document.getElementById("app")?.replaceChildren(login(entered, ""));
            },
          },
          title,
        ),
      ),
    ),
  );
}

/**
 * Another password for whoever is signed in; all sessions end.
 * @param {{ name: string }} caller @param {() => unknown} changed
 */
export function passwordDialog(caller, changed) {
  dialog(caller.name, (close) => {
    const old = make("input", { type: "password", autocomplete: "current-password", required: true, maxlength: 256 });
    const next = make("input", {
      type: "password",
      autocomplete: "new-password",
      required: true,
      minlength: SHORTEST,
      maxlength: 256,
    });
    return form(
      close,
      changed,
      "",
      () => ask("POST", "/v1/password", { old: old.value, new: next.value }),
      [
        userName(caller.name),
        field(say("password"), old),
        field(say("new_password"), next, say("password_words", { count: SHORTEST })),
      ],
      say("change_password"),
    );
  });
}

/** Whose password it is, for what keeps passwords. @param {string} name */
export const userName = (name) =>
  make("input", { type: "text", autocomplete: "username", value: name, readonly: true, hidden: true });

/** @param {Refused} error */
function told(error) {
  if (error.status === 401) return say("wrong_password");
  if (error.status === 429) return say("too_many_attempts");
  return error.message;
}
