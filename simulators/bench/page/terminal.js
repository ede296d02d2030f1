// The payment terminal, and the customer in front of it.

import { hand } from "/bench.js";
import { Card, flat } from "/card.js";
import { drawing, make, told } from "/elements.js";
import { sayOr, say } from "/words.js";

const OWN = ["tap", "insert_pin", "refuse", "walk_away"];
const BUSY = ["waiting_for_card", "authorising", "printing", "awaiting_acknowledgement"];

export class TerminalCard extends Card {
  constructor(device) {
    const { name } = device;
    const screen = make("p", { class: "screen", role: "status" });
    const keys = make("div", { class: "keys", "aria-hidden": "true" }, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "✕", "0", "✓"].map((key) => make("i", {}, key)));
    const pad = make("div", { class: "pad" }, make("div", { class: "reader", "aria-hidden": "true" }, drawing("contactless")), screen, keys);
    const customer = make("div", { class: "customer", role: "group", "aria-label": say("customer") },
      act("phone", "tap_phone", () => hand(name, "tap", { card: "visa" })),
      act("card", "tap_card", () => hand(name, "tap")),
      act("pin", "insert_pin", () => hand(name, "insert_pin")),
      act("empty", "tap_empty", () => hand(name, "tap", { card: "empty" })),
      act("stop", "refuse", () => hand(name, "refuse")),
      act("walk", "walk_away", () => hand(name, "walk_away")));
    super(device, make("div", { class: "stand" }, pad, customer), { left: OWN });
    Object.assign(this, { screen, pad });
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { step, display, tills } = change.state;
    const busy = BUSY.includes(step);
    super.update(change, tills === 0 ? ["care", say("no_till")] : [busy ? "care" : "good", sayOr(`step_${step}`, step)]);
    const words = display?.length ? display.join("\n") : sayOr(`screen_${step}`, step.replaceAll("_", " "));
    if (this.screen.textContent !== words) this.screen.textContent = words;
    this.pad.classList.toggle("asks", step === "waiting_for_card");
    this.pad.classList.toggle("busy", busy && step !== "waiting_for_card");
  }
}

function act(picture, words, does) {
  return make("button", { type: "button", onclick: () => told(does) }, drawing(picture), make("span", {}, say(words)));
}
