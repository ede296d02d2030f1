// Before anything else: a code lets this tablet in.

import { newId, pair } from "../client.js";
import { token } from "./box.js";
import { field, make, told } from "./elements.js";
import { say } from "./words.js";

/** The code that a scanned slip has put behind the address; it does not stay there. */
export function scannedCode() {
  const found = /^#pair=([0-9A-Za-z-]{1,16})$/.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return found ? found[1].toUpperCase() : "";
}

/** Exchange a code for a token. @param {string} code @param {string} [name] @param {string} [id] */
export async function pairWith(code, name = say("this_tablet"), id = newId()) {
  const paired = await pair(location.origin, code, { id, name, patience: 5000 });
  token.set(paired.token);
}

/** @param {() => any} done @returns {HTMLElement} */
export function pairingScreen(done) {
  const id = newId();
  const code = make("input", {
    type: "text", class: "code", maxlength: 12, required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
  });
  const name = make("input", { type: "text", maxlength: 64, required: true, autocomplete: "off", value: say("this_tablet") });
  return make("section", { class: "welcome", "aria-labelledby": "pairing-title" },
    make("h2", { id: "pairing-title" }, say("pair_title")), make("p", {}, say("pair_words")),
    make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        told(async () => {
          await pairWith(code.value, name.value.trim(), id);
          await done();
        });
      },
    }, field(say("pair_code"), code), field(say("pair_name"), name),
    make("button", { type: "submit", class: "main" }, say("pair"))),
    make("p", { class: "quiet" }, say("pair_how")),
    make("p", {}, make("code", {}, "sudo edge-daemon pair --name \"Tablet\" --workstation till-1")));
}

/** Which till this is, where the token may be several. @param {import("./box.js").Box} box @param {() => any} done */
export function workstationScreen(box, done) {
  return make("section", { class: "welcome", "aria-labelledby": "workstation-title" },
    make("h2", { id: "workstation-title" }, say("which_till")), make("div", { class: "menu" },
      box.shop.workstations.map((/** @type {import("../client.js").Json} */ each) => make("button", {
        type: "button", onclick: () => { box.choose(each.name); done(); },
      }, each.name))));
}
