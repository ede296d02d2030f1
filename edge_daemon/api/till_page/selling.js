// One sale on its way: written down before the box is asked, and asked again under the same id until
// there is an answer, over a lost line, a reload and a power cut. So nothing is sold or paid twice.

import { NoAnswerError, RefusedError, newId } from "../client.js";

/** @typedef {import("../client.js").Json} Json */
/** @typedef {import("./box.js").Box} Box */
/**
 * @typedef {Object} Act What the box was asked and has not answered yet.
 * @property {"sell" | "tender" | "cancel" | "void" | "hand_out"} verb
 * @property {string} id Its own; of a cancellation unused.
 * @property {Json} body
 */

/** What begins a sale; the others go on with one. */
const BEGINS = ["sell", "void", "hand_out"];
const KEPT = "pos-till-sale";
const SETTLING = "pos-till-basket";

/** What is kept of the basket and the sale while the page is loaded anew. */
export const kept = {
  basket: () => read(SETTLING),
  keepBasket: (/** @type {Json} */ basket) => localStorage.setItem(SETTLING, JSON.stringify(basket)),
  sale: () => read(KEPT),
  keepSale: (/** @type {Json} */ sale) => localStorage.setItem(KEPT, JSON.stringify(sale)),
  forgetSale: () => localStorage.removeItem(KEPT),
};

/** @param {string} key @returns {Json | null} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** True for an answer that says nothing of what was asked for: ask again.  @param {unknown} error */
const saysNothing = (error) => error instanceof NoAnswerError
  || (error instanceof RefusedError && (error.status >= 500 || [408, 429].includes(error.status)) && error.status !== 507);

export class Selling {
  /** @param {Box} box @param {() => void} changed */
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    /** @type {string} The sale's, or the void's. */
    this.id = "";
    /** @type {Act | null} */
    this.act = null;
    /** @type {Json | null} As the box said it last. */
    this.sale = null;
    this.phase = "";
    this.phaseText = "";
    this.lost = false;
  }

  /** Whether the customer is being served, or was just now. */
  get begun() { return this.id !== ""; }

  /** Whether the box is at work on it. */
  get busy() { return this.act !== null || this.sale?.state === "running"; }

  /** Go on with what a page before this one has begun. */
  async recover() {
    const before = kept.sale();
    if (before === null) return;
    this.id = before.id;
    this.act = before.act;
    if (this.act) await this.#carryOut(BEGINS.includes(this.act.verb) ? "" : this.id);
    else await this.look();
  }

  /** Sell. @param {Json} body Basket, tenders and total. */
  sell(body) { return this.#begin(newId(), { verb: "sell", id: "", body }); }

  /** Undo a finished sale. @param {string} saleId @param {Json} more */
  void(saleId, more) { return this.#begin(newId(), { verb: "void", id: saleId, body: more }); }

  /** Hand a web order out. @param {string} orderId @param {Json[]} tenders None where it is paid. */
  handOut(orderId, tenders) { return this.#begin(newId(), { verb: "hand_out", id: orderId, body: { tenders } }); }

  /** Pay otherwise. @param {Json} tender */
  tender(tender) { return this.#begin(this.id, { verb: "tender", id: newId(), body: tender }); }

  cancel() { return this.#begin(this.id, { verb: "cancel", id: "", body: {} }); }

  /** The next customer. */
  end() {
    this.id = "";
    this.act = null;
    this.sale = null;
    this.phase = "";
    kept.forgetSale();
    this.changed();
  }

  /** @param {string} id @param {Act} act */
  async #begin(id, act) {
    const before = this.id;
    this.id = id;
    this.act = { ...act, body: { ...act.body, ...(BEGINS.includes(act.verb) ? { operator_id: this.box.acts.operatorId } : {}) } };
    this.phase = "";
    kept.keepSale({ id: this.id, act: this.act });
    this.changed();
    await this.#carryOut(before);
  }

  /** Ask, and forget what was refused; not where the box knows us no more: paired again, it goes on.
   *  @param {string} before The sale that there was. */
  async #carryOut(before) {
    try {
      await this.#ask();
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) throw error;
      this.act = null;
      this.id = before;
      if (before) kept.keepSale({ id: before, act: null });
      else this.end();
      throw error;
    } finally {
      this.changed();
    }
  }

  /** Ask until there is an answer. Throws `RefusedError`: then nothing was done. */
  async #ask() {
    for (;;) {
      try {
        this.sale = await this.#once();
        break;
      } catch (error) {
        if (!saysNothing(error)) throw error;
        this.lost = true;
        this.changed();
        await new Promise((go) => { setTimeout(go, 1000); });
      }
    }
    this.lost = false;
    this.act = null;
    kept.keepSale({ id: this.id, act: null });
    this.changed();
  }

  /** @returns {Promise<Json>} */
  #once() {
    const { verb, id, body } = /** @type {Act} */ (this.act);
    const { acts } = this.box;
    if (verb === "sell") return acts.sell(/** @type {any} */ (body), this.id);
    if (verb === "tender") return acts.tender(this.id, body, id);
    if (verb === "cancel") return acts.cancelSale(this.id, "");
    if (verb === "hand_out") return acts.handOut(id, body.tenders, this.id, body.operator_id);
    const { reason, ...more } = body;
    return acts.void(id, reason, more, this.id);
  }

  /** See how it stands. */
  async look() {
    if (!this.begun) return;
    try {
      const sale = await this.box.reads.sale(this.id);
      if (sale.id === this.id) this.sale = sale;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404 && this.act === null) this.end();
    }
    this.changed();
  }

  /** Take an event of the box. @param {import("../client.js").BoxEvent} event */
  heard(event) {
    if (!this.begun) return;
    if (event.type === "phase_changed" && event.device === this.box.till.payment_terminal) {
      this.phase = event.data.phase;
      this.phaseText = event.data.text ?? "";
      this.changed();
    } else if (event.type === "resync" || (event.type.endsWith("_changed") && event.data.sale_id === this.id)) {
      this.look();
    }
  }

  /** Ask the terminal to stop; an approval that was faster stands. */
  async stop() {
    await this.look();
    for (const payment of this.sale?.payments ?? []) {
      if (!payment.finished) await this.box.acts.abort(payment.id);
    }
  }

  /** The receipt again, marked as a copy. */
  async copy() {
    await this.box.acts.copyReceipt(this.id);
    await this.look();
  }
}
