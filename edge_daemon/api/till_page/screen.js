// What the till shows: who is asked for, what is sold, what is paid, and the receipt beside it.

import { button, byId, make } from "./elements.js";
import { showBanner, showHead } from "./face.js";
import { discount } from "./filling.js";
import { hoursDialog } from "./hours.js";
import { leave, menu } from "./menu.js";
import { workstationScreen } from "./pairing.js";
import { giveUp, park, resume } from "./parking.js";
import { signOnScreen } from "./staff.js";
import { stockDialog } from "./stock.js";
import { lineDialog, lines } from "./ticket.js";
import { money, say } from "./words.js";

/** @typedef {import("./till.js").Till} Till */

/** @param {Till} till */
export function showScreen(till) {
  const { box } = till;
  showHead(box, { resume: () => resume(till), leave: () => leave(till), menu: () => menu(till) });
  showBanner(box, till.selling.begun, till.basket.training);
  const screen = !box.till.name ? "workstation" : box.operator || till.selling.begun ? "selling" : "sign_on";
  if (screen !== till.screen || screen === "sign_on") enter(till, screen);
  if (screen === "selling") sellingScreen(till);
}

/** @param {Till} till @param {string} screen */
function enter(till, screen) {
  const { box } = till;
  const main = byId("main");
  const state = `${screen} ${box.staff.map((each) => each.name)}`;
  if (state === main.dataset.state) return;
  main.dataset.state = state;
  main.className = "";
  till.screen = screen;
  if (screen === "selling") main.replaceChildren(make("div", { class: "work" }, till.shelf.element), till.ticket, till.bar);
  else if (screen === "sign_on") main.replaceChildren(signOnScreen(box, () => hoursDialog(box)));
  else main.replaceChildren(workstationScreen(box, () => box.look()));
}

/** @param {Till} till */
function sellingScreen(till) {
  const { basket } = till;
  const pay = till.choosing || till.selling.begun;
  const main = byId("main");
  main.className = `selling ${pay ? "pays" : till.seen}`;
  const work = main.querySelector(".work");
  const wanted = pay ? till.paying.element : till.shelf.element;
  if (work && work.firstChild !== wanted) work.replaceChildren(wanted);
  if (pay) till.paying.show(basket);
  ticket(till, pay);
  till.bar.replaceChildren(...(till.seen === "shelf"
    ? [make("span", {}, say("basket_of", { count: basket.pieces })), make("strong", {}, money(basket.total))] : [say("to_shelf")]));
}

/** @param {Till} till @param {boolean} pay */
function ticket(till, pay) {
  const { basket, box, ticket: place } = till;
  const focused = document.activeElement instanceof HTMLElement && place.contains(document.activeElement)
    ? document.activeElement.dataset.key : undefined;
  const list = lines(basket, pay ? undefined : (line) => lineDialog(basket, line, {
    changed: () => till.changed(), stock: (of) => box.reads.item(of.said.item_id).then((article) => stockDialog(box, article)),
  }));
  const key = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => any} */ act, more = {}) => button(words, act, { "data-key": name, disabled: basket.empty || pay, ...more });
  place.replaceChildren(
    make("div", { class: "ticket-head" }, make("h2", {}, say("basket")), marks(till, pay)),
    list,
    make("div", { class: "total" }, make("span", {}, say("total")), make("strong", {}, money(basket.total))),
    ...(pay ? [] : [make("div", { class: "actions" },
      key("discount", say("discount"), () => discount(till)), key("park", say("park"), () => park(till)),
      key("give_up", say("give_up"), () => giveUp(till))),
    key("pay", say(basket.total < 0 ? "pay_out" : "pay"), () => till.choose(true), { class: "main big", "aria-keyshortcuts": "F9" })]));
  const bottom = place.querySelector(".lines");
  if (bottom) bottom.scrollTop = bottom.scrollHeight;
  const again = focused ? place.querySelector(`[data-key="${CSS.escape(focused)}"]`) : null;
  if (again instanceof HTMLElement) again.focus();
}

/** What is so of the whole receipt. @param {Till} till @param {boolean} pay */
function marks(till, pay) {
  const { basket } = till;
  const known = basket.customer === null ? null : pay ? make("span", { class: "pill good" }, say("customer"))
    : button(`${say("customer")} ✕`, () => { basket.customer = null; till.changed(); }, { class: "pill good", "aria-label": say("customer_off") });
  return [
    basket.training ? make("span", { class: "pill care" }, say("training")) : null,
    basket.order ? make("span", { class: "pill" }, say("order_number", { number: basket.order.number })) : null,
    basket.resumes ? make("span", { class: "pill" }, say("was_parked")) : null, known,
  ];
}

/** Keys: `/` searches, F9 pays and then takes the card, F8 takes cash to the cent.
 *  @param {Till} till @param {KeyboardEvent} event */
export function pressed(till, event) {
  if (document.querySelector("dialog[open]") || till.screen !== "selling") return;
  const typing = event.target instanceof HTMLInputElement;
  if (event.key === "/" && !typing) {
    event.preventDefault();
    till.shelf.search.focus();
  } else if (["F8", "F9"].includes(event.key)) {
    event.preventDefault();
    const way = document.querySelector(`[data-shortcut="${event.key}"]`);
    if (way instanceof HTMLElement) way.click();
    else if (!till.basket.empty) till.choose(true);
  }
}
