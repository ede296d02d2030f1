// One till: what happens, what becomes of the basket, and which screen shows it.

import { RefusedError, newId } from "../client.js";
import { Basket } from "./basket.js";
import { announce, button, byId, choice, confirmed, dialog, make, told } from "./elements.js";
import { showBanner, showHead } from "./face.js";
import { leave, menu } from "./menu.js";
import { workstationScreen } from "./pairing.js";
import { Paying, askText } from "./paying.js";
import { askReturn, takeUp, unpack } from "./returning.js";
import { hearKeyboard } from "./scans.js";
import { Selling, kept } from "./selling.js";
import { Shelf, askOpenLine, askPrice } from "./shelf.js";
import { approved, signOnByBadge, signOnScreen } from "./staff.js";
import { stockDialog } from "./stock.js";
import { askDiscount, lineDialog, lines } from "./ticket.js";
import { money, say, typedMoney } from "./words.js";

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
      article: (article) => this.sell(article), code: (scan) => this.scanned(scan),
      open: () => this.openLine(), info: (article) => stockDialog(box, article, true),
    });
    this.ticket = make("section", { class: "ticket", "aria-label": say("basket") });
    this.bar = button("", () => this.view(this.seen === "shelf" ? "ticket" : "shelf"), { class: "bar main" });
    this.choosing = false;
    this.seen = "shelf";
    this.screen = "";
  }

  /** Sell from now on. */
  async begin() {
    hearKeyboard((scan) => told(() => this.scanned(scan)));
    addEventListener("keydown", (event) => this.#pressed(event));
    this.show();
    told(() => this.shelf.load());
    setInterval(() => this.shelf.load().catch(() => {}), CATALOGUE_MS);
    this.selling.recover().catch((error) => told(() => { throw error; }));
    try {
      await this.box.hear((event) => this.heard(event));
    } catch (error) {
      if (error instanceof RefusedError && [401, 403].includes(error.status)) return this.#end();
      throw error;
    }
    return undefined;
  }

  /** The box knows this tablet no more. */
  #end() {
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
    if (event.type === "scan") told(() => this.scanned(data));
    else if (event.type === "stale_scan") announce(say("stale_scan"));
    else if (event.type === "payment_card_presented") announce(say("use_the_terminal"), "bad");
    else if (event.type === "card_presented") this.#card(data);
    else if (event.type === "resync" || event.type === "subscribed") told(() => this.shelf.load());
  }

  /** A card at the reader; the box itself signs badges on. @param {Json} card */
  #card(card) {
    if (card.problem) announce(say("card_refused"), "bad");
    else if (card.meaning === "badge" && card.badge) announce(say("badge_unknown"), "bad");
    else if (card.meaning === "customer" && this.box.operator) this.#customer(card.key);
  }

  /** @param {Json} scan */
  async scanned(scan) {
    const waiting = document.querySelector("dialog[open] [data-scan]");
    if (waiting instanceof HTMLInputElement) {
      waiting.value = scan.meaning === "receipt" ? `R${scan.key}` : scan.key ?? scan.gtin ?? scan.scan_data;
      waiting.form?.requestSubmit();
      return undefined;
    }
    if (scan.meaning === "badge") return signOnByBadge(this.box, scan.key);
    if (!this.box.operator) return announce(say("sign_on_first"), "bad");
    if (document.querySelector("dialog[open]") || this.selling.busy || this.selling.sale?.state === "awaiting_tender") {
      return announce(say("finish_first"), "bad");
    }
    if (this.selling.begun) this.next();
    this.choose(false);
    if (scan.meaning === "receipt") return this.takeBack(await this.box.reads.receipt(scan.key));
    if (scan.meaning === "customer") return this.#customer(scan.key);
    if (scan.meaning === "discount") return this.#coupon(scan);
    if (scan.problem) return announce(say("misread"), "bad");
    return this.#goods(scan);
  }

  /** @param {Json} scan */
  async #goods(scan) {
    const code = scan.gtin ?? scan.key ?? scan.scan_data;
    /** @type {Json} */
    const how = { entry_method: "Scanned", scan_data: scan.scan_data };
    for (const name of ["lot", "serial", "expiry", "quantity_milli"]) if (scan[name]) how[name] = scan[name];
    if (scan.count) how.quantity_milli = scan.count * 1000;
    if (scan.price) how.code_price = scan.price;
    try {
      await this.sell(await this.box.reads.item(code), how);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 404) throw error;
      if (!this.box.shop.open_prices || !scan.gtin) return announce(say("no_article_code", { code }), "bad");
      const price = await askPrice(say("no_article_code", { code }), say("type_its_price"));
      if (price === undefined) return undefined;
      this.basket.add({ kind: "open", description: code.replace(/^0+/, ""), unitPrice: price, said: { gtin: scan.gtin, ...how } });
      this.changed();
    }
    return undefined;
  }

  /** @param {string} key */
  #customer(key) {
    this.basket.customer = key;
    this.changed();
    announce(say("customer_known"), "good");
  }

  /** @param {Json} scan */
  #coupon(scan) {
    if (!scan.discount_bp) return announce(say("misread"), "bad");
    this.basket.discounts.push({ percent_bp: scan.discount_bp, reason: (scan.key ?? "coupon").slice(0, 35) });
    return this.changed();
  }

  // --- the basket ---

  /** One of an article. @param {Json} article @param {Json} [how] */
  async sell(article, how = { entry_method: "Lookup" }) {
    if (this.selling.begun && !this.selling.busy && this.selling.sale?.state !== "awaiting_tender") this.next();
    const more = { ...how };
    if (article.uom === "KGM" && !how.quantity_milli && !how.code_price) {
      const weight = await this.#weight();
      if (!weight) return;
      Object.assign(more, { quantity_milli: weight, entry_method: "Weighed" });
    }
    if ((article.unit_price ?? null) === null && !how.code_price) {
      const price = await askPrice(article.description);
      if (price === undefined) return;
      more.unit_price = price;
    }
    this.basket.addArticle(article, more);
    this.changed();
  }

  /** @returns {Promise<number | undefined>} Grams. */
  async #weight() {
    if (this.box.till.scale) {
      const weight = await this.box.acts.weigh(this.box.till.scale);
      if (weight.weight_milli && weight.weight_milli > 0) return weight.weight_milli;
      announce(say("put_on_scale"), "bad");
      return undefined;
    }
    const text = await askText(say("weight"), say("kilograms"));
    const kilograms = Number((text ?? "").replace(",", "."));
    return kilograms > 0 ? Math.round(kilograms * 1000) : undefined;
  }

  async openLine() {
    const line = await askOpenLine(this.box);
    if (line === undefined) return;
    this.basket.add({ kind: "open", description: line.description, unitPrice: line.unitPrice, said: { tax_code: line.taxCode, entry_method: "Keyed" } });
    this.changed();
  }

  /** Empty bottles. */
  async depositBack() {
    const known = [...new Set(this.shelf.items.map((each) => each.deposit?.unit_price).filter(Boolean))].sort((a, b) => a - b);
    const price = await dialog(say("deposit_back"), (close) => make("div", { class: "menu" },
      known.map((each) => button(money(each), () => close(each))),
      button(say("other_amount"), async () => {
        const typed = typedMoney(await askText(say("deposit_back"), say("amount")) ?? "");
        if (typed) close(typed);
      })));
    if (!price) return;
    const alike = this.basket.counted.find((line) => line.kind === "deposit_return" && line.unitPrice === price);
    if (alike) alike.quantity -= 1000;
    else this.basket.add({ kind: "deposit_return", description: say("deposit"), unitPrice: price, quantity: -1000 });
    this.changed();
  }

  /** @param {Json} receipt */
  async takeBack(receipt) {
    const what = await askReturn(this.basket, receipt);
    if (what === "void") await this.undo({ id: receipt.transaction_id });
    else if (what) this.changed();
  }

  async park() {
    const id = newId();
    const note = await dialog(say("park"), (close) => {
      const text = make("input", { type: "text", maxlength: 64, autocomplete: "off", "data-first": "" });
      return make("form", { onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); close(text.value.trim()); } },
        make("label", { class: "field" }, say("note"), text), make("button", { type: "submit", class: "main" }, say("park")));
    });
    if (note === undefined) return;
    await this.box.acts.suspend({ ...this.basket.body, note }, id);
    this.next();
    await this.box.look();
    announce(say("is_parked"), "good");
  }

  async resume() {
    if (!this.basket.empty) return announce(say("finish_first"), "bad");
    const sale = await takeUp(this.box);
    if (sale === undefined) return undefined;
    const basket = new Basket();
    await unpack(this.box, basket, sale);
    this.basket = basket;
    this.changed();
    return this.box.look();
  }

  async giveUp() {
    if (!(await confirmed(say("give_up"), say("give_up_words"), say("give_up")))) return;
    await this.box.acts.giveUp({ ...this.basket.body, reason: "left" });
    this.next();
    await this.box.look();
  }

  async discount() {
    const discount = await askDiscount(this.basket.total);
    if (discount) this.basket.discounts.push(discount);
    this.changed();
  }

  // --- paying ---

  /** Sell the basket. @param {Json[]} tenders */
  async pay(tenders) {
    const body = { ...this.basket.body, tenders, total: this.basket.total };
    try {
      await approved(this.box, this.basket.rights, (approval) => this.selling.sell({ ...body, ...(approval ? { approval_id: approval } : {}) }));
    } catch (error) {
      if (error instanceof RefusedError && /The lines come to .* not/.test(error.message)) await this.#priceAgain();
      throw error;
    }
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
    this.choosing = yes;
    this.paying.reset();
    this.show();
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
    if (this.box.refused) return this.#end();
    if (this.selling.sale?.state === "cancelled") {
      announce(say("was_cancelled"));
      this.choosing = false;
      this.paying.reset();
      this.selling.end();
      return undefined;
    }
    showHead(this.box, { resume: () => this.resume(), leave: () => leave(this), menu: () => menu(this) });
    showBanner(this.box, this.selling.begun);
    const screen = !this.box.till.name ? "workstation" : this.box.operator || this.selling.begun ? "selling" : "sign_on";
    if (screen !== this.screen || screen === "sign_on") this.#enter(screen);
    if (screen === "selling") this.#sellingScreen();
    return undefined;
  }

  /** @param {string} screen */
  #enter(screen) {
    const main = byId("main");
    const state = `${screen} ${this.box.staff.map((each) => each.name)}`;
    if (state === main.dataset.state) return;
    main.dataset.state = state;
    this.screen = screen;
    if (screen === "selling") main.replaceChildren(make("div", { class: "work" }, this.shelf.element), this.ticket, this.bar);
    else if (screen === "sign_on") main.replaceChildren(signOnScreen(this.box));
    else main.replaceChildren(workstationScreen(this.box, () => this.box.look()));
  }

  #sellingScreen() {
    const pay = this.choosing || this.selling.begun;
    const main = byId("main");
    main.className = `selling ${pay ? "pays" : this.seen}`;
    const work = main.querySelector(".work");
    const wanted = pay ? this.paying.element : this.shelf.element;
    if (work && work.firstChild !== wanted) work.replaceChildren(wanted);
    if (pay) this.paying.show(this.basket);
    this.#ticket(pay);
    this.bar.replaceChildren(...(this.seen === "shelf"
      ? [make("span", {}, say("basket_of", { count: this.basket.pieces })), make("strong", {}, money(this.basket.total))] : [say("to_shelf")]));
  }

  /** @param {boolean} pay */
  #ticket(pay) {
    const focused = document.activeElement instanceof HTMLElement && this.ticket.contains(document.activeElement)
      ? document.activeElement.dataset.key : undefined;
    const { basket } = this;
    const list = lines(basket, pay ? undefined : (line) => lineDialog(basket, line, {
      changed: () => this.changed(), stock: (of) => this.box.reads.item(of.said.item_id).then((article) => stockDialog(this.box, article)),
    }));
    const key = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => any} */ act, more = {}) => button(words, act, { "data-key": name, disabled: basket.empty || pay, ...more });
    this.ticket.replaceChildren(
      make("div", { class: "ticket-head" }, make("h2", {}, say("basket")),
        basket.training ? make("span", { class: "pill care" }, say("training")) : null,
        basket.customer ? (pay ? make("span", { class: "pill good" }, say("customer"))
          : button(`${say("customer")} ✕`, () => { basket.customer = null; this.changed(); }, { class: "pill good", "aria-label": say("customer_off") })) : null,
        basket.resumes ? make("span", { class: "pill" }, say("was_parked")) : null),
      list,
      make("div", { class: "total" }, make("span", {}, say("total")), make("strong", {}, money(basket.total))),
      ...(pay ? [] : [make("div", { class: "actions" },
        key("discount", say("discount"), () => this.discount()), key("park", say("park"), () => this.park()),
        key("give_up", say("give_up"), () => this.giveUp())),
      key("pay", say(basket.total < 0 ? "pay_out" : "pay"), () => this.choose(true), { class: "main big", "aria-keyshortcuts": "F9" })]));
    const bottom = this.ticket.querySelector(".lines");
    if (bottom) bottom.scrollTop = bottom.scrollHeight;
    const again = focused ? this.ticket.querySelector(`[data-key="${CSS.escape(focused)}"]`) : null;
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (document.querySelector("dialog[open]") || this.screen !== "selling") return;
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      this.shelf.search.focus();
    } else if (["F8", "F9"].includes(event.key)) {
      event.preventDefault();
      const way = document.querySelector(`[data-shortcut="${event.key}"]`);
      if (way instanceof HTMLElement) way.click();
      else if (!this.basket.empty) this.choose(true);
    }
  }
}
