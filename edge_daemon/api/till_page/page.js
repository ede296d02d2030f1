// The till: everything is put in its place here, and told what happens.

import { RefusedError, newId } from "../client.js";
import { Basket } from "./basket.js";
import { Box, NotPairedError, token } from "./box.js";
import { dayDialog, openTill } from "./day.js";
import { announce, button, byId, choice, closeDialogs, confirmed, dialog, make, told } from "./elements.js";
import { deviceWords } from "./failures.js";
import { lastSales, openPayments } from "./lists.js";
import { pairWith, pairingScreen, scannedCode, workstationScreen } from "./pairing.js";
import { Paying, askText } from "./paying.js";
import { askReceipt, askReturn, takeUp, unpack } from "./returning.js";
import { hearKeyboard } from "./scans.js";
import { Selling, kept } from "./selling.js";
import { Shelf, askOpenLine, askPrice } from "./shelf.js";
import { approved, signOff, signOnByBadge, signOnScreen } from "./staff.js";
import { findStock, stockDialog } from "./stock.js";
import { askDiscount, lineDialog, lines } from "./ticket.js";
import { LANGUAGES, language, money, say, speak, typedMoney } from "./words.js";

/** @typedef {import("../client.js").Json} Json */

const RETRY_MS = 1500;
const FINDINGS = ["journal_failed", "disk_full", "disk_low", "journal_damaged", "clock_stepped", "drawer_left_open", "certificate", "list_rejected"];
const VOID_REASONS = ["mistake", "customer", "price"];

class Till {
  /** @param {Box} box */
  constructor(box) {
    this.box = box;
    this.basket = Basket.from(kept.basket());
    this.selling = new Selling(box, () => this.show());
    this.paying = new Paying(box, this.selling, {
      changed: () => this.changed(), pay: (tenders) => this.pay(tenders), next: () => this.next(),
      back: () => this.choose(false), undo: () => this.undo(this.selling.sale),
    });
    this.shelf = new Shelf(box, {
      article: (article) => this.sell(article), code: (scan) => this.scanned(scan),
      open: () => this.openLine(), info: (article) => stockDialog(box, article),
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
    this.selling.recover().catch((error) => told(() => { throw error; }));
    try {
      await this.box.hear((event) => this.heard(event));
    } catch (error) {
      if (error instanceof RefusedError && [401, 403].includes(error.status)) return leave(say("no_longer_paired"));
      throw error;
    }
    return undefined;
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
    if (this.box.refused) return leave(say("no_longer_paired"));
    if (this.selling.sale?.state === "cancelled") {
      announce(say("was_cancelled"));
      this.choosing = false;
      this.paying.reset();
      this.selling.end();
      return undefined;
    }
    this.#head();
    this.#banner();
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
        basket.customer ? make("span", { class: "pill good" }, say("customer")) : null,
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

  #head() {
    const { box } = this;
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
      box.parked ? button(say("parked_count", { count: box.parked }), () => this.resume(), { class: "pill-button" }) : "",
      button(box.operator.name, () => this.#leave(), { class: "who", "aria-label": say("sign_off_name", { name: box.operator.name }) }),
      button(say("menu"), () => this.menu(), { class: "menu-button" }),
    ] : [button(LANGUAGES[language], () => chooseLanguage())]));
  }

  #banner() {
    const { box } = this;
    const findings = box.health?.findings ?? [];
    const open = findings.filter((/** @type {Json} */ each) => ["payment_in_doubt", "refund_due"].includes(each.code)).length;
    const told = [
      ...(box.live ? [] : [["bad", say("box_away")]]),
      ...box.ailing.map((each) => [each?.state === "online" ? "care" : "bad", each ? deviceWords(each) ?? "" : ""]),
      ...FINDINGS.filter((code) => findings.some((/** @type {Json} */ each) => each.code === code)).map((code) => ["care", say(`finding_${code}`)]),
      ...(box.health?.relay?.alarm ? [["care", say("finding_relay")]] : []),
      ...(box.scanner === "taken" ? [["care", say("scanner_taken")]] : []),
    ].filter(([, words]) => words);
    const closed = box.shop.require_session && box.session === null && box.operator !== null && box.live;
    const state = JSON.stringify([told, open, closed, this.selling.begun]);
    const place = byId("banner");
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    place.replaceChildren(...told.map(([tone, words]) => make("p", { class: tone }, words)),
      ...(closed ? [make("p", { class: "care" }, say("till_is_closed"), " ", button(say("open_till"), () => openTill(box)))] : []),
      ...(open && !this.selling.begun ? [make("p", { class: "bad" }, say("payments_open", { count: open }), " ", button(say("look"), () => openPayments(box)))] : []));
  }

  /** What is not done for every customer. */
  async menu() {
    const { box } = this;
    /** @type {(() => any) | undefined} */
    const chosen = await dialog(say("menu"), (close) => make("div", { class: "menu" },
      ...(/** @type {[string, () => any][]} */ ([
        ["return", async () => { const receipt = await askReceipt(box); if (receipt) await this.takeBack(receipt); }],
        ["parked", () => this.resume()], ["deposit_back", () => this.depositBack()], ["stock", () => findStock(box)],
        ["last_sales", () => this.last()], ["till", () => dayDialog(box)],
        [this.basket.training ? "end_training" : "training", () => this.train()],
        ["language", chooseLanguage], ["sign_off", () => this.#leave()],
      ])).map(([name, act]) => button(say(name), () => close(act)))));
    if (chosen) await chosen();
  }

  async last() {
    const found = await lastSales(this.box);
    if (found?.act === "copy") await this.box.acts.copyReceipt(found.sale.id);
    else if (found && this.basket.empty) await this.undo(found.sale);
    else if (found) announce(say("finish_first"), "bad");
  }

  train() {
    if (!this.basket.empty) return announce(say("finish_first"), "bad");
    this.basket.training = !this.basket.training;
    return this.changed();
  }

  async #leave() {
    if (!this.basket.empty || this.selling.busy) return announce(say("finish_first"), "bad");
    return await confirmed(say("sign_off"), say("sign_off_words"), say("sign_off")) ? signOff(this.box) : undefined;
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

async function chooseLanguage() {
  const chosen = await dialog(say("language"), (close) => make("div", { class: "menu" },
    Object.entries(LANGUAGES).map(([code, name]) => button(name, () => close(code), { lang: code, "aria-pressed": String(code === language) }))));
  if (!chosen) return;
  await speak(chosen);
  location.reload();
}

/** Nobody knows this tablet any more. @param {string} [words] */
function leave(words) {
  token.forget();
  closeDialogs();
  byId("banner").replaceChildren();
  byId("tools").replaceChildren(button(LANGUAGES[language], () => chooseLanguage()));
  byId("main").className = "";
  byId("main").replaceChildren(pairingScreen(start));
  if (words) announce(words, "bad");
}

/** The till of a box that may not answer yet. */
async function start() {
  for (;;) {
    /** @type {Till | undefined} */
    let till;
    const box = new Box(() => till?.show());
    try {
      await box.open();
      till = new Till(box);
      return void told(() => till?.begin());
    } catch (error) {
      if (error instanceof NotPairedError) return leave();
      byId("banner").replaceChildren(make("p", { class: "bad" }, say("box_away")));
      await new Promise((go) => { setTimeout(go, RETRY_MS); });
      byId("banner").replaceChildren();
    }
  }
}

await speak();
const code = scannedCode();
if (code) await told(() => pairWith(code));
if (token.get()) await start();
else leave();
navigator.serviceWorker?.register("/till/worker.js", { scope: "/till" }).catch(() => {});
