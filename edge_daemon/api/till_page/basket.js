// The basket: what is being sold, as the register keeps it and as the box wants it. It asks nobody
// and shows nothing; the sums are the box's own rules, and the box checks them (`total`).
// Amounts in minor units, quantities in thousandths, rates in basis points.

/** @typedef {import("../client.js").Json} Json */
/**
 * @typedef {Object} Line
 * @property {string} id Unique in the basket.
 * @property {"item" | "open" | "return" | "deposit_return" | "gift_card" | "ordered"} kind
 * @property {string} description
 * @property {number} unitPrice For a return unused: its receipt says the amount.
 * @property {number} quantity Thousandths; negative for what comes back.
 * @property {string} uom
 * @property {Json} said What else the box is told: `item_id`, `tax_code`, `scan_data`, …
 * @property {{ description: string, unitPrice: number } | null} deposit Charged by the box with it.
 * @property {Json[]} discounts
 * @property {number} [amount] Of an order's line: what the webshop asked for all of it.
 * @property {string | null} voided Why it was taken off.
 * @property {{ amount: number, whole: number, before: number } | null} sold Of a return: what its
 *   receipt's line came to, for how much, and how much of that has come back already.
 */

/** Half away from zero, as the box rounds. @param {number} numerator @param {number} denominator */
export function divided(numerator, denominator) {
  const half = Math.floor((2 * Math.abs(numerator) + denominator) / (2 * denominator));
  return numerator >= 0 ? half : -half;
}

/** @param {number} amount @param {number} step What cash is rounded to. */
export function roundedCash(amount, step) {
  return step <= 1 ? amount : divided(amount, step) * step;
}

/** What a discount takes off an amount. @param {number} amount @param {Json} discount */
const less = (amount, discount) => (discount.percent_bp
  ? divided(amount * discount.percent_bp, 10_000) : discount.amount);

/** What a line comes to, its discounts off, without its deposit. @param {Line} line */
export function lineAmount(line) {
  if (line.voided) return 0;
  if (line.amount !== undefined) return line.amount;
  if (line.sold) {
    const { amount, whole, before } = line.sold;
    return divided(amount * before, whole) - divided(amount * (before - line.quantity), whole);
  }
  return line.discounts.reduce((left, each) => left - less(left, each),
    divided(line.quantity * line.unitPrice, 1000));
}

/** What the deposit of a line comes to. @param {Line} line */
export function depositAmount(line) {
  return line.deposit && !line.voided ? divided(line.quantity * line.deposit.unitPrice, 1000) : 0;
}

export class Basket {
  constructor() {
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Json[]} */
    this.discounts = [];
    /** @type {string | null} The parked sale that this was. */
    this.resumes = null;
    this.training = false;
    /** @type {string | null} */
    this.customer = null;
    this.begun = 0;
    /** @type {{ id: string, number: string } | null} The web order that this is, whole. */
    this.order = null;
    /** Something comes back that was paid in the webshop. */
    this.online = false;
  }

  /** A web order: its lines are the webshop's, and nothing else comes with it. @param {Json} order */
  static ordered(order) {
    const basket = new Basket();
    basket.order = { id: order.transaction_id, number: order.order_ref };
    for (const line of order.lines) {
      basket.add({ kind: "ordered", description: line.description, quantity: line.quantity_milli, uom: line.uom, amount: line.amount });
    }
    return basket;
  }

  /** A basket that was written down. @param {Json | null} kept */
  static from(kept) {
    return Object.assign(new Basket(), kept ?? {});
  }

  get empty() { return this.lines.length === 0; }

  /** Lines that count. */
  get counted() { return this.lines.filter((line) => !line.voided); }

  /** Pieces, for people. */
  get pieces() {
    return this.counted.reduce((sum, line) => sum + (line.uom === "EA" || line.uom === "C62"
      ? Math.abs(Math.round(line.quantity / 1000)) : 1), 0);
  }

  /** What the discounts on the whole take off. */
  get discount() {
    let left = this.counted.filter((line) => ["item", "open"].includes(line.kind))
      .map(lineAmount).filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0);
    const before = left;
    for (const each of this.discounts) left -= less(left, each);
    return before - left;
  }

  get total() {
    return this.counted.reduce((sum, line) => sum + lineAmount(line) + depositAmount(line), 0) - this.discount;
  }

  /** The rights that it takes. */
  get rights() {
    const lines = this.counted;
    return [
      this.discounts.length || lines.some((line) => line.discounts.length) ? "discount" : "",
      lines.some((line) => line.said.price_override) ? "price_override" : "",
      lines.some((line) => line.kind === "return") ? "refund" : "",
    ].filter(Boolean);
  }

  /** @param {Partial<Line> & { kind: Line["kind"], description: string }} line @returns {Line} */
  add(line) {
    if (this.empty) this.begun = Date.now() * 1000;
    const id = String(1 + Math.max(0, ...this.lines.map((each) => Number(each.id))));
    /** @type {Line} */
    const added = {
      id, unitPrice: 0, quantity: 1000, uom: "EA", said: {}, deposit: null, discounts: [], voided: null, sold: null,
      ...line,
    };
    this.lines.push(added);
    return added;
  }

  /** An article of the catalogue; one more where it is the same as before.
   *  @param {Json} article @param {Json} [how] `entry_method`, and what its code said.
   *  @param {boolean} [apart] On a line of its own, whatever is there. */
  addArticle(article, how = { entry_method: "Lookup" }, apart = false) {
    const price = how.code_price ?? how.unit_price ?? article.unit_price;
    const alike = this.lines.find((line) => line.kind === "item" && !line.voided && !line.discounts.length
      && line.said.item_id === article.item_id && line.unitPrice === price && line.quantity > 0
      && !how.code_price && !how.lot && !how.serial && !line.said.price_override && !line.said.code_price);
    const quantity = how.quantity_milli ?? 1000;
    if (alike && !apart) {
      alike.quantity += quantity;
      return alike;
    }
    const { quantity_milli: _, ...said } = how;
    return this.add({
      kind: "item", description: article.description, unitPrice: price, quantity, uom: article.uom,
      said: { item_id: article.item_id, ...(article.gtin ? { gtin: article.gtin } : {}), ...said },
      deposit: article.deposit
        ? { description: article.deposit.description, unitPrice: article.deposit.unit_price ?? 0 } : null,
    });
  }

  /** A line of a receipt that comes back, so much of it.
   *  @param {Json} receipt @param {Json} line @param {number} quantity @param {boolean} restock */
  addReturn(receipt, line, quantity, restock) {
    return this.add({
      kind: "return", description: line.description, quantity: -quantity, uom: line.uom,
      sold: { amount: line.amount, whole: line.quantity_milli, before: line.quantity_milli - line.returnable_milli },
      said: { returns: { transaction_id: receipt.transaction_id, line_id: line.line_id }, ...(restock ? {} : { restock }) },
    });
  }

  /** @param {string} id */
  line(id) { return this.lines.find((line) => line.id === id); }

  /** Take a line off: it is kept, and not counted. @param {string} id @param {string} reason */
  takeOff(id, reason) {
    const line = this.line(id);
    if (line) line.voided = reason;
  }

  /** The lines as the box wants them. @returns {Json[]} */
  get request() {
    return this.lines.map((line) => ({
      line_id: line.id,
      quantity_milli: line.quantity,
      ...line.said,
      ...(["open", "deposit_return", "gift_card"].includes(line.kind)
        ? { description: line.description, unit_price: line.unitPrice } : {}),
      ...(line.kind === "deposit_return" ? { line_type: "DepositReturn" } : {}),
      ...(line.discounts.length ? { discounts: line.discounts } : {}),
      ...(line.voided ? { voided: line.voided } : {}),
    }));
  }

  /** All of it as a body, for a sale or to be parked. @returns {Json} */
  get body() {
    return {
      lines: this.request,
      begin_at: this.begun,
      ...(this.discounts.length ? { discounts: this.discounts } : {}),
      ...(this.customer ? { customer_ref: this.customer } : {}),
      ...(this.training ? { training: true } : {}),
      ...(this.resumes ? { resumes: this.resumes } : {}),
    };
  }
}
