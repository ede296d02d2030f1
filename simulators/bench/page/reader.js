// The card reader, and the cards in people's pockets: one press holds a card to it, another takes it away.

import { hand } from "/bench.js";
import { Card, flat } from "/card.js";
import { button, drawing, make } from "/elements.js";
import { say, sayOr } from "/words.js";

const OWN = ["tap", "remove"];

export class ReaderCard extends Card {
  constructor(device) {
    const field = make("div", { class: "field", "aria-hidden": "true" }, drawing("contactless"), drawing("card", { class: "held" }));
    const words = make("p", { class: "last", role: "status" });
    const cards = named(device.actions.tap).map((name) => {
      const one = button(sayOr(`card_${name}`, name.replaceAll("_", " ")), () => this.#move(name));
      one.dataset.card = name;
      return one;
    });
    super(device, [field, words, make("div", { class: "buttons", role: "group", "aria-label": say("cards") }, cards)], { left: OWN });
    Object.assign(this, { field, words, cards });
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { card, plugged_in: plugged = true } = change.state;
    super.update(change, plugged ? ["good", say("state_ready")] : ["bad", say("unplugged")]);
    this.held = card;
    this.field.classList.toggle("full", Boolean(card));
    for (const each of this.cards) each.setAttribute("aria-pressed", String(each.dataset.card === card));
    const text = card ? say("card_held", { card: sayOr(`card_${card}`, card.replaceAll("_", " ")) }) : say("no_card");
    if (this.words.textContent !== text) this.words.textContent = text;
  }

  #move(name) {
    return this.held === name ? hand(this.device.name, "remove") : hand(this.device.name, "tap", { card: name });
  }
}

/** The cards that the reader's own words name. */
function named(description) {
  const [, names] = /one of ([^.]+)/.exec(description) ?? [null, ""];
  return names.split(", ").filter(Boolean);
}
