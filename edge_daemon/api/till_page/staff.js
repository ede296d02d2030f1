// Who stands at the till: sign-on by PIN or badge, and a manager's word for one act.

import { RefusedError } from "../client.js";
import { announce, button, dialog, field, make } from "./elements.js";
import { lacksRight } from "./failures.js";
import { pad } from "./pad.js";
import { say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

/** Ask who is there: the screen before all others. @param {Box} box @param {() => any} hours
 *  @returns {HTMLElement} */
export function signOnScreen(box, hours) {
  const section = make("section", { class: "welcome", "aria-labelledby": "sign-on-title" },
    make("h2", { id: "sign-on-title" }, say("sign_on")));
  if (box.staff.length) section.append(...people(box, box.staff, say("sign_on_who"), (person) => signOn(box, person)), button(say("hours"), hours));
  else section.append(named(box));
  return section;
}

/** People to choose from, biggest first. @param {Box} box @param {Json[]} people @param {string} words
 *  @param {(person: Json) => any} chosen @returns {HTMLElement[]} */
function people(box, people, words, chosen) {
  return [
    make("p", {}, words, box.till.card_reader || box.till.scanner ? ` ${say("or_badge")}` : ""),
    make("div", { class: "people" }, people.map((person) => button([
      make("span", { class: "initials", "aria-hidden": "true" }, initials(person.name)),
      make("span", {}, person.name),
    ], () => chosen(person)))),
  ];
}

/** @param {string} name */
const initials = (name) => name.split(/\s+/).map((part) => part[0]).join("").slice(0, 2).toUpperCase();

/** @param {Box} box */
function named(box) {
  const name = make("input", { type: "text", maxlength: 35, required: true, autocomplete: "off" });
  return make("form", {
    onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      if (name.value.trim()) box.call(name.value.trim());
    },
  }, field(say("your_name"), name, say("your_name_hint")), make("button", { type: "submit", class: "main" }, say("begin")));
}

/** @param {Box} box @param {Json} person */
function signOn(box, person) {
  return askPin(say("pin_of", { name: person.name }), async (pin) => {
    const answer = await box.acts.signOn({ operator_id: person.operator_id, pin });
    if (answer.state !== "signed_on") throw new RefusedError(409, { code: "wrong_pin", message: answer.problem });
    await box.look();
    return true;
  });
}

/** Sign on with a badge that the scanner has read; the box itself does it at a card reader.
 *  @param {Box} box @param {string} badge */
export async function signOnByBadge(box, badge) {
  const answer = await box.acts.signOn({ badge });
  if (answer.state === "signed_on") await box.look();
  else announce(say("badge_unknown"), "bad");
}

/** Go away from the till. @param {Box} box */
export async function signOff(box) {
  if (box.staff.length) await box.acts.signOff();
  else box.call(null);
  await box.look();
}

/** @template T @param {string} title @param {(pin: string) => Promise<T>} enter */
export function askPin(title, enter) {
  return dialog(title, (close) => pad({
    label: say("pin"), secret: true, done: say("ok"), enter: async (pin) => close(await enter(pin)),
  }).element);
}

/**
 * Do what not everybody may: with a manager's approval where whoever is signed on may not.
 * @template T @param {Box} box @param {string[]} rights
 * @param {(approval: string | undefined) => Promise<T>} act Undefined where nobody has to approve.
 * @returns {Promise<T | undefined>} Undefined where nobody approved: nothing was done.
 */
export async function approved(box, rights, act) {
  if (box.may(rights)) {
    try {
      return await act(undefined);
    } catch (error) {
      if (!lacksRight(error)) throw error;
    }
  }
  const id = await approval(box, rights);
  return id === undefined ? undefined : act(id);
}

/** @param {Box} box @param {string[]} rights @returns {Promise<string | undefined>} */
async function approval(box, rights) {
  const managers = box.staff.filter((each) => rights.every((right) => each.rights.includes(right)));
  const words = say("approval_words", { act: rights.map((right) => say(`right_${right}`)).join(", ") });
  const who = await dialog(say("approval"), (close) => {
    const badge = make("input", { type: "password", autocomplete: "off", maxlength: 256, "data-scan": "" });
    return [
      ...people(box, managers, words, close),
      make("form", {
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          if (badge.value) close({ badge: badge.value });
        },
      }, field(say("badge"), badge, say("badge_hint")), make("button", { type: "submit" }, say("ok"))),
    ];
  });
  if (who === undefined) return undefined;
  const ask = async (/** @type {Json} */ proof) => {
    const answer = await box.acts.approve(/** @type {any} */ ({ rights, ...proof }));
    if (answer.state !== "granted") throw new RefusedError(409, { code: "wrong_pin", message: answer.problem });
    return answer.id;
  };
  if (who.badge) return ask({ badge: who.badge });
  return askPin(say("pin_of", { name: who.name }), (pin) => ask({ operator_id: who.operator_id, pin }));
}
