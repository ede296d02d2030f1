// The register: a basket, cash, cards. It sells through the box's own API, like any other till.

import { announce, button, make } from "/elements.js";
import { language, money, say, sayOr } from "/words.js";

const NOTES = [500, 1000, 2000, 5000];
const CASH_STEP = 5;

export class Till {
  constructor(section, shop, register) {
    this.section = section;
    this.shop = shop;
    this.register = register;
    this.products = new Map(shop.products.map((product) => [product.gtin, product]));
    this.basket = [];
    this.phase = "selling";
    this.note = "";
    this.line = make("span");
    this.show();
    this.hears(false);
  }

  /** Take an event of the box. */
  take(event) {
    if (event.type === "subscribed" || event.type === "resync") this.hears(true);
    else if (event.type === "scan") this.#scanned(event.data);
    else if (event.type === "stale_scan") announce(say("stale_scan"));
    else if (event.type === "phase_changed" && this.phase === "paying") this.#say(sayOr(`phase_${event.data.phase}`, event.data.text ?? ""));
  }

  /** Say whether the box is heard: what is scanned while it is not, nobody sells. */
  hears(yes) {
    this.line.className = `pill ${yes ? "good" : "bad"}`;
    this.line.textContent = say(yes ? "listening" : "no_box");
  }

  #scanned(data) {
    const product = this.products.get((data.gtin ?? "").replace(/^0+/, ""));
    if (!product) return announce(say("unknown_product", { code: data.scan_data ?? "" }));
    if (this.phase === "paying" || this.phase === "waiting") return announce(say("finish_first"));
    if (this.phase === "done") this.#clear();
    const found = this.basket.find((each) => each.product === product);
    if (found) found.count += 1;
    else this.basket.push({ product, count: 1, scanData: data.scan_data });
    return this.show();
  }

  get total() {
    return this.basket.reduce((sum, { product, count }) => sum + product.unit_price * count, 0);
  }

  #clear() {
    this.basket = [];
    this.phase = "selling";
    this.note = "";
    this.answer = null;
  }

  /** Sell the basket; a tender that fails leaves the sale waiting for another one. */
  async #pay(tender) {
    const lines = this.basket.map(({ product, count, scanData }) => ({
      description: product.names[language], gtin: product.gtin, quantity_milli: 1000 * count,
      unit_price: product.unit_price, tax_code: product.tax_code, entry_method: "Scanned", scan_data: scanData,
    }));
    const waiting = this.phase === "waiting" ? this.answer : null;
    await this.#act(tender.type, () => (waiting
      ? this.register.tender(waiting.id, tender) : this.register.sell({ lines, tenders: [tender] })));
  }

  async #act(kind, does) {
    const before = this.phase;
    this.phase = "paying";
    this.kind = kind;
    this.#say(say(`paying_${kind}`));
    try {
      this.answer = await does();
      this.#settle();
    } catch (error) {
      this.phase = before;
      this.#say(error.message);
    }
  }

  #settle() {
    const { state, change, problems, receipt } = this.answer;
    if (state === "awaiting_tender") {
      this.phase = "waiting";
      this.#say(problems[0] ?? say("not_paid"));
    } else if (state === "cancelled") {
      this.#clear();
      this.#say(say("cancelled"));
    } else {
      this.phase = "done";
      this.#say([say("paid"), change ? say("change", { amount: money(change) }) : null,
        sayOr(`receipt_${receipt?.state}`, ""), ...problems].filter(Boolean).join(" "));
    }
  }

  /** The receipt did not come out, or nobody knows: print it once more, marked as a copy. */
  async #copy() {
    const sale = this.answer;
    this.phase = "paying";
    this.kind = "copy";
    this.#say(say("paying_copy"));
    try {
      const copy = await this.register.copyReceipt(sale.id);
      this.note = copy.state === "printed" ? say("copy_printed") : copy.problem;
      if (copy.state === "printed") sale.receipt = copy;
    } catch (error) {
      this.note = error.message;
    }
    this.phase = "done";
    this.show();
  }

  #cancel() {
    return this.#act("cancel", () => this.register.cancelSale(this.answer.id));
  }

  /** Ask the terminal to stop; an approval that was faster stands. */
  async #stop() {
    const { open } = await this.register.openPayments();
    for (const payment of open) await this.register.abort(payment.id);
  }

  #say(note) {
    this.note = note;
    this.show();
  }

  show() {
    const focused = document.activeElement?.dataset?.key;
    const rows = this.basket.map(({ product, count }) => make("tr", {},
      make("td", {}, count > 1 ? `${count} × ` : "", product.names[language]),
      make("td", { class: "money" }, money(product.unit_price * count))));
    const due = this.phase === "waiting" ? this.answer.due : this.total;
    const basket = rows.length ? make("table", {}, make("tbody", {}, rows)) : make("p", { class: "empty" }, say("basket_empty"));
    this.noteLine ??= make("p", { class: "note", role: "status" });
    const care = this.phase === "waiting" || (this.phase === "done" && this.answer.receipt?.state !== "printed");
    this.noteLine.className = `note ${care ? "care" : this.phase}`;
    if (this.noteLine.textContent !== this.note) this.noteLine.textContent = this.note;
    this.face ??= make("div", { class: "face" });
    this.buttons ??= make("div", { class: "tenders" });
    if (!this.section.contains(this.face)) {
      this.section.replaceChildren(make("h2", { id: "register-title" }, say("register"), " ", this.line), this.face, this.noteLine, this.buttons);
    }
    this.face.replaceChildren(basket, make("p", { class: "total" }, make("span", {}, say(this.phase === "waiting" ? "due" : "total")), make("strong", {}, money(due))));
    this.buttons.replaceChildren(...this.#offers(due));
    if (focused) (this.buttons.querySelector(`[data-key="${focused}"]:not(:disabled)`) ?? this.buttons.querySelector("button:not(:disabled)"))?.focus();
  }

  #offers(due) {
    const key = (name, words, act, more = {}) => button(words, act, { "data-key": name, ...more });
    if (this.phase === "paying") return this.kind === "card" ? [key("stop", say("stop_payment"), () => this.#stop())] : [];
    if (this.phase === "done") {
      const printed = this.answer.receipt?.state === "printed";
      return [key("next", say("next_customer"), () => { this.#clear(); this.show(); }, { class: "main" }),
        printed ? null : key("copy", say("print_copy"), () => this.#copy())].filter(Boolean);
    }
    if (this.phase === "cash") {
      const amounts = new Set([Math.ceil(due / CASH_STEP) * CASH_STEP, ...NOTES.filter((note) => note > due)]);
      return [...[...amounts].map((amount) => this.#cash(amount)),
        key("back", say("back"), () => { this.phase = this.answer ? "waiting" : "selling"; this.show(); })];
    }
    const nothing = this.phase === "selling" && !this.basket.length;
    return [
      key("cash", say("cash"), () => { this.phase = "cash"; this.show(); }, { class: "main", disabled: nothing }),
      key("card", say("card"), () => this.#pay({ type: "card" }), { class: "main", disabled: nothing }),
      this.phase === "waiting" ? key("cancel", say("cancel"), () => this.#cancel())
        : key("clear", say("clear"), () => { this.#clear(); this.show(); }, { disabled: nothing }),
    ];
  }

  #cash(amount) {
    return button(money(amount), () => {
      this.phase = this.answer ? "waiting" : "selling";
      return this.#pay({ type: "cash", amount });
    }, { class: "main", "data-key": `cash-${amount}` });
  }
}
