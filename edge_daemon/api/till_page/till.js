// One till: what happens, what becomes of the basket, and which screen shows it.

import { RefusedError } from "../client.js";
import { Basket } from "./basket.js";
import { announce, button, choice, dialog, make, told } from "./elements.js";
import { openLine, sell } from "./filling.js";
import { carded, scanned } from "./hearing.js";
import { resume } from "./parking.js";
import { Paying } from "./paying.js";
import { askReturn } from "./returning.js";
import { hearKeyboard } from "./scans.js";
import { pressed, showScreen } from "./screen.js";
import { Selling, kept } from "./selling.js";
import { Shelf } from "./shelf.js";
import { approved } from "./staff.js";
import { stockDialog } from "./stock.js";
import { say } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

const CATALOGUE_MS = 60_000; // a new one tells nobody that it is there
const VOID_REASONS = ["mistake", "customer", "price"];

export class Till {
  /** @param {Box} box @param {(words: string) => any} unpaired Called when the box knows us no more. */
  constructor(box, unpaired) {
    this.box = box;
    this.unpaired = unpaired;
    this.gone = false;
    this.basket = Basket.from(kept.basket());
    this.selling = new Selling(box, () => this.show());
    this.paying = new Paying(box, this.selling, {
      changed: () => this.changed(), pay: (tenders) => this.pay(tenders), next: () => this.next(),
      back: () => this.choose(false), undo: () => this.undo(this.selling.sale),
    });
    this.shelf = new Shelf(box, {
      article: (article) => sell(this, article), code: (scan) => scanned(this, scan),
      open: () => openLine(this), info: (article) => stockDialog(box, article, true),
    });
    this.ticket = make("section", { class: "ticket", "aria-label": say("basket") });
    this.bar = button("", () => this.view(this.seen === "shelf" ? "ticket" : "shelf"), { class: "bar main" });
    this.choosing = this.basket.order !== null;
    /** Whether the box is just asked to take the basket as it is. */
    this.handing = false;
    this.seen = "shelf";
    this.screen = "";
  }

  /** Whether nothing may come into the basket now. */
  get closed() {
    return this.handing || this.basket.order !== null || this.selling.busy || this.selling.sale?.state === "awaiting_tender";
  }

  /** Whether something may come into the basket; a sale that is done makes way. */
  ready() {
    if (this.closed) announce(say("finish_first"), "bad");
    else if (this.selling.begun) this.next();
    return !this.closed;
  }

  /** Sell from now on. */
  async begin() {
    hearKeyboard((scan) => told(() => scanned(this, scan)));
    addEventListener("keydown", (event) => pressed(this, event));
    this.show();
    told(() => this.shelf.load());
    setInterval(() => this.shelf.load().catch(() => {}), CATALOGUE_MS);
    this.selling.recover().catch((error) => told(() => { throw error; }));
    try {
      await this.box.hear((event) => this.heard(event));
    } catch (error) {
      if (error instanceof RefusedError && [401, 403].includes(error.status)) return this.end();
      throw error;
    }
    return undefined;
  }

  /** The box knows this tablet no more. */
  end() {
    if (this.gone) return;
    this.gone = true;
    this.box.stop();
    this.unpaired(say("no_longer_paired"));
  }

  // --- what happens ---

  /** @param {import("../client.js").BoxEvent} event */
  heard(event) {
    const { data } = event;
    this.selling.heard(event);
    if (event.type === "scan") told(() => scanned(this, data));
    else if (event.type === "stale_scan") announce(say("stale_scan"));
    else if (event.type === "payment_card_presented") announce(say("use_the_terminal"), "bad");
    else if (event.type === "card_presented") carded(this, data);
    else if (event.type === "resync" || event.type === "subscribed") told(() => this.shelf.load());
  }

  // --- the basket ---

  /** @param {Json} receipt @param {string} [title] */
  async takeBack(receipt, title = say("receipt_number", { number: receipt.sequence_number })) {
    if (!this.ready()) return;
    const what = await askReturn(this.basket, receipt, title);
    if (what === "void") await this.undo({ id: receipt.transaction_id });
    else if (what) this.changed();
  }

  // --- paying ---

  /** Do with the basket as it is; nothing may come into it meanwhile. @param {() => Promise<any>} act */
  async handOver(act) {
    this.handing = true;
    try {
      await act();
    } finally {
      this.handing = false;
    }
    this.next();
    await this.box.look();
  }

  /** Sell the basket, or hand the order out. @param {Json[]} tenders */
  async pay(tenders) {
    if (this.basket.order !== null) return void await this.selling.handOut(this.basket.order.id, tenders);
    const body = { ...this.basket.body, tenders, total: this.basket.total };
    try {
      await approved(this.box, this.basket.rights, (approval) => this.selling.sell({ ...body, ...(approval ? { approval_id: approval } : {}) }));
    } catch (error) {
      if (error instanceof RefusedError && /The lines come to .* not/.test(error.message)) await this.#priceAgain();
      throw error;
    }
    return undefined;
  }

  /** The catalogue has changed since. */
  async #priceAgain() {
    await this.shelf.load();
    for (const line of this.basket.counted) {
      if (line.kind !== "item" || line.said.price_override || line.said.code_price || line.said.unit_price) continue;
      const article = await this.box.reads.item(line.said.item_id);
      line.unitPrice = article.unit_price ?? line.unitPrice;
      if (article.deposit) line.deposit = { description: article.deposit.description, unitPrice: article.deposit.unit_price ?? 0 };
    }
    this.changed();
  }

  /** Undo a finished sale, with a reason. @param {Json | null} sale */
  async undo(sale) {
    if (sale === null) return;
    const reason = await dialog(say("void"), (close) => {
      const why = choice(say("reason"), VOID_REASONS.map((each) => [each, say(`why_${each}`)]), VOID_REASONS[0]);
      return [make("p", {}, say("void_words")), why.element,
        make("div", { class: "buttons" }, button(say("void"), () => close(why.get()), { class: "risky" }), button(say("back"), () => close()))];
    });
    if (reason === undefined) return;
    this.basket = new Basket();
    this.changed();
    await approved(this.box, ["void"], (approval) => this.selling.void(sale.id, { reason, ...(approval ? { approval_id: approval } : {}) }));
  }

  /** The next customer. */
  next() {
    if (this.selling.begun) this.selling.end();
    const { training } = this.basket;
    this.basket = new Basket();
    this.basket.training = training;
    this.choosing = false;
    this.paying.reset();
    this.view("shelf");
    this.changed();
  }

  /** Pay, or go on selling. @param {boolean} yes */
  choose(yes) {
    if (this.choosing === yes) return;
    this.#turn(yes);
    this.changed();
  }

  /** An order is not left lying about: it is taken from the list again. @param {boolean} pays */
  #turn(pays) {
    this.choosing = pays;
    this.paying.reset();
    if (!pays && this.basket.order !== null) this.basket = new Basket();
  }

  // --- the screen ---

  changed() {
    kept.keepBasket(this.basket);
    this.show();
  }

  /** @param {string} seen On a phone: `shelf` or `ticket`. */
  view(seen) {
    this.seen = seen;
    this.show();
  }

  show() {
    if (this.gone) return undefined;
    if (this.box.refused) return this.end();
    if (this.selling.sale?.state === "cancelled") {
      announce(say("was_cancelled"));
      this.#turn(false);
      kept.keepBasket(this.basket);
      this.selling.end();
      return undefined;
    }
    return showScreen(this);
  }
}
