// What stands above everything: who we are, how the box is, and what needs a hand.

import { openTill } from "./day.js";
import { button, byId, dialog, make } from "./elements.js";
import { deviceWords } from "./failures.js";
import { openPayments } from "./lists.js";
import { LANGUAGES, language, say, speak } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

const FINDINGS = ["journal_failed", "disk_full", "disk_low", "journal_damaged", "clock_stepped", "drawer_left_open", "certificate", "list_rejected", "hot", "under_voltage"];

/** @param {Box} box @param {{ resume: () => any, leave: () => any, menu: () => any }} acts */
export function showHead(box, acts) {
  byId("shop").textContent = [box.shop.name, box.till.name].filter(Boolean).join(" · ");
  document.title = box.shop.name;
  const place = byId("connection");
  const away = box.health?.relay && !box.health.relay.connected;
  const words = !box.live ? say("no_connection") : away ? say("office_away") : say("live");
  if (place.textContent !== words) place.textContent = words;
  place.className = box.live ? (away ? "away" : "live") : "lost";
  const tools = JSON.stringify([box.operator?.name, box.parked, box.till.name, box.session?.state]);
  const home = byId("tools");
  if (home.dataset.state === tools) return;
  home.dataset.state = tools;
  home.replaceChildren(...(box.operator && box.till.name ? [
    box.parked ? button(say("parked_count", { count: box.parked }), () => acts.resume(), { class: "pill-button" }) : "",
    button(box.operator.name, () => acts.leave(), { class: "who", "aria-label": say("sign_off_name", { name: box.operator.name }) }),
    button(say("menu"), () => acts.menu(), { class: "menu-button" }),
  ] : [button(LANGUAGES[language], () => chooseLanguage())]));
}

/** What needs a hand, the worst first. @param {Box} box @param {boolean} busy A customer is being served.
 *  @param {boolean} training */
export function showBanner(box, busy, training) {
  const findings = box.health?.findings ?? [];
  const open = findings.filter((/** @type {Json} */ each) => ["payment_in_doubt", "refund_due"].includes(each.code)).length;
  const told = [
    ...(box.live ? [] : [["bad", say("box_away")]]),
    ...(training ? [["care", say("training_words")]] : []),
    ...box.ailing.map((each) => [each?.state === "online" ? "care" : "bad", each ? deviceWords(each) ?? "" : ""]),
    ...FINDINGS.filter((code) => findings.some((/** @type {Json} */ each) => each.code === code)).map((code) => ["care", say(`finding_${code}`)]),
    ...(box.health?.relay?.alarm ? [["care", say("finding_relay")]] : []),
    ...(box.scanner === "taken" ? [["care", say("scanner_taken")]] : []),
  ].filter(([, words]) => words);
  const closed = box.shop.require_session && box.session === null && box.operator !== null && box.live;
  const state = JSON.stringify([told, open, closed, busy]);
  const place = byId("banner");
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.replaceChildren(...told.map(([tone, words]) => make("p", { class: tone }, words)),
    ...(closed ? [make("p", { class: "care" }, say("till_is_closed"), " ", button(say("open_till"), () => openTill(box)))] : []),
    ...(open && !busy ? [make("p", { class: "bad" }, say("payments_open", { count: open }), " ", button(say("look"), () => openPayments(box)))] : []));
}

/** In which language the till speaks. */
export async function chooseLanguage() {
  const chosen = await dialog(say("language"), (close) => make("div", { class: "menu" },
    Object.entries(LANGUAGES).map(([code, name]) => button(name, () => close(code), { lang: code, "aria-pressed": String(code === language) }))));
  if (!chosen) return;
  await speak(chosen);
  location.reload();
}
