// The devices on the counter: a card for each, its own where the page knows the kind.

import { PlainCard } from "/card.js";
import { DisplayCard } from "/display.js";
import { make } from "/elements.js";
import { PrinterCard } from "/printer.js";
import { ReaderCard } from "/reader.js";
import { ScaleCard } from "/scale.js";
import { ScannerCard } from "/scanner.js";
import { TerminalCard } from "/terminal.js";
import { say } from "/words.js";

/** The kinds that have a card of their own, and what a simulator has that such a card can show. */
const KNOWN = {
  card_reader: { card: ReaderCard, has: ({ actions }) => "tap" in actions },
  line_display: { card: DisplayCard, has: ({ state }) => "lines" in state },
  payment_terminal: { card: TerminalCard, has: ({ actions }) => "tap" in actions },
  pos_printer: { card: PrinterCard, has: ({ state }) => "paper" in state },
  scale: { card: ScaleCard, has: ({ actions }) => "put" in actions },
  scanner: { card: ScannerCard, has: ({ actions }) => "scan" in actions },
};

/** What stands in the left column; all else stands in the right one. */
const LEFT = ["pos_printer", "line_display", "scale"];

export class Counter {
  constructor(section) {
    this.cards = new Map();
    this.left = make("div", { class: "column" });
    this.right = make("div", { class: "column" });
    section.replaceChildren(make("h2", { id: "counter-title" }, say("counter")), make("div", { class: "devices" }, this.left, this.right));
  }

  /** Take a message of the bench. */
  take(message) {
    if (message.type === "device") this.#place(message.device);
    else if (message.type === "state") this.cards.get(message.name)?.update(message);
    else if (message.type === "paper") this.cards.get(message.printer)?.paper?.(message);
  }

  #place(device) {
    const kind = KNOWN[device.family];
    const card = new (kind?.has(device) ? kind.card : PlainCard)(device);
    const before = this.cards.get(device.name);
    this.cards.set(device.name, card);
    if (before) before.element.replaceWith(card.element);
    else (LEFT.includes(device.family) ? this.left : this.right).append(card.element);
  }
}
