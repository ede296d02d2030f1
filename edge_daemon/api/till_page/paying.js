// How the customer pays, or is paid: one panel for the whole way from the total to the receipt. It
// shows what the box says of the sale; what it does stands in `selling.js`.

import { roundedCash } from "./basket.js";
import { whyDeclined } from "./declined.js";
import { announce, button, choice, confirmed, dialog, field, make } from "./elements.js";
import { askGiftCard } from "./giftcards.js";
import { paymentWords, saleWords } from "./failures.js";
import { pad } from "./pad.js";
import { money, say, typedMoney } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("./basket.js").Basket} Basket */
/** @typedef {import("./selling.js").Selling} Selling */
/** @typedef {import("../client.js").Json} Json */

const NOTES = [500, 1000, 2000, 5000, 10_000, 20_000];
const QUICK = 4;

export class Paying {
  /** @param {Box} box @param {Selling} selling
   *  @param {{ changed: () => void, pay: (tenders: Json[]) => Promise<void>, next: () => void,
   *   back: () => void, undo: () => any }} acts */
  constructor(box, selling, acts) {
    this.box = box;
    this.selling = selling;
    this.acts = acts;
    /** @type {Json[]} What was chosen of a split, before all of it is paid. */
    this.parts = [];
    this.typed = "";
    /** Whether somebody pays otherwise while the end of a card payment is not known. */
    this.anyway = false;
    this.online = false;
    /** @type {{ due: number, out: boolean, pay: (tender: Json) => Promise<void> } | null} What is to be
     *  paid now; null where nothing is asked for. */
    this.asked = null;
    this.element = make("section", { class: "paying", "aria-labelledby": "paying-title" });
    this.shown = "";
  }

  /** Whether somebody is just asked how they pay. */
  get chooses() { return this.asked !== null && this.element.isConnected; }

  /** Begin anew. */
  reset() {
    this.parts = [];
    this.typed = "";
    this.anyway = false;
    this.shown = "";
  }

  /** @param {Basket} basket */
  show(basket) {
    const { sale, act, busy, lost, phase, phaseText } = this.selling;
    this.online = basket.online;
    const state = JSON.stringify([sale, act, lost, this.box.live, this.anyway, phase, phaseText, this.parts, basket.total, this.box.devices.map((each) => [each.name, each.state, each.reason])]);
    if (state === this.shown) return;
    this.shown = state;
    this.asked = null;
    const focused = this.element.contains(document.activeElement);
    const content = busy ? this.#working()
      : sale?.state === "completed" ? this.#done(sale)
        : sale && !this.anyway && inDoubt(sale) ? this.#doubtful(sale)
          : this.#choosing(basket, sale?.state === "awaiting_tender" ? sale : null);
    this.element.replaceChildren(...content.filter((each) => each !== null));
    if (focused || busy || sale) {
      const first = this.element.querySelector(".main:not(:disabled), [data-first], button:not(:disabled)");
      if (first instanceof HTMLElement && !document.querySelector("dialog[open]")) first.focus();
    }
  }

  /** @param {string} words @param {string} [amount] @param {string} [tone] */
  #title(words, amount, tone = "") {
    return make("div", { class: `due ${tone}` }, make("h2", { id: "paying-title" }, words), amount ? make("strong", {}, amount) : null);
  }

  // --- choosing ---

  /** @param {Basket} basket @param {Json | null} sale One that waits for another tender. */
  #choosing(basket, sale) {
    const total = sale ? sale.due : basket.total;
    const sign = total < 0 ? -1 : 1;
    const due = Math.abs(total) - this.parts.reduce((sum, each) => sum + each.amount, 0);
    const cash = roundedCash(due, this.box.shop.cash_rounding);
    const out = sign < 0;
    const typed = () => typedMoney(this.typed) ?? 0;
    const pay = (/** @type {Json} */ tender) => this.#pay(tender, due, sale !== null);
    this.asked = { due, out, pay };
    const amount = pad({
      label: say(out ? "amount_out" : "amount_in"), decimal: true, value: this.typed,
      changed: (text) => { this.typed = text; },
    });
    const quick = [cash, ...NOTES.filter((note) => note > cash)].slice(0, QUICK);
    const terminal = this.box.device("payment_terminal");
    return [
      this.#title(say(sale ? (out ? "still_out" : "still_due") : out ? "to_pay_out" : "to_pay"), money(Math.abs(due) * sign)),
      this.#troubles(sale),
      sale && !out && sale.paid > 0 ? make("p", { class: "trouble care", role: "status" }, say("payment_part", { amount: money(sale.paid) })) : null,
      this.parts.length ? make("ul", { class: "parts" }, this.parts.map((part, at) => make("li", {},
        make("span", {}, say(`tender_${part.type}`)), make("span", {}, money(part.amount)),
        button("✕", () => { this.parts.splice(at, 1); this.acts.changed(); }, { "aria-label": say("take_off") })))) : null,
      make("div", { class: "ways" },
        make("div", { class: "way" },
          button([say(out ? "to_card" : "card"), terminal && terminal.state !== "online" ? make("span", { class: "quiet" }, say("not_there"))
            : this.box.shop.card_rounding && cash !== due ? make("span", { class: "quiet" }, money(cash)) : null],
            () => pay({ type: "card", ...(out ? {} : { allow_partial: true }), ...(typed() > 0 && typed() < due ? { amount: typed() } : {}) }),
            { class: "main big", disabled: !this.box.till.payment_terminal, "aria-keyshortcuts": "F9", "data-shortcut": "F9" }),
          make("h3", {}, say("cash")),
          make("div", { class: "quick" }, out
            ? button(say("cash_out", { amount: money(cash) }), () => pay({ type: "cash" }), { class: "big" })
            : quick.map((note) => button([note === cash ? `${say("exactly")} ` : "", money(note)], () => pay({ type: "cash", amount: note }), { class: "big", "data-shortcut": note === cash ? "F8" : null }))),
          cash === due || out ? null : make("p", { class: "quiet" }, say("rounded", { amount: money(cash - due) }))),
        make("div", { class: "way" }, amount.element,
          button(say("cash"), () => pay(cashTender(typed(), due, cash, out)), { class: "wide" }))),
      make("div", { class: "buttons" },
        ...this.#others(due, typed, pay, out),
        sale ? button(say("cancel_sale"), () => this.#cancel(), { class: "risky" }) : button(say("back"), () => this.acts.back())),
    ];
  }

  /** A card payment's end is not known: nobody pays twice by mistake. @param {Json} sale */
  #doubtful(sale) {
    return [
      this.#title(say("card"), money(sale.due)),
      this.#troubles(sale),
      make("div", { class: "buttons" },
        button(say("pay_otherwise"), async () => {
          this.anyway = await confirmed(say("pay_otherwise"), say("pay_otherwise_words"), say("pay_otherwise"));
          this.acts.changed();
        }),
        button(say("cancel_sale"), () => this.#cancel(), { class: "risky" })),
    ];
  }

  /** @param {number} due @param {() => number} typed @param {(tender: Json) => Promise<void>} pay @param {boolean} out */
  #others(due, typed, pay, out) {
    const part = () => (typed() > 0 && typed() < due ? { amount: typed() } : {});
    return [
      button(say("gift_card"), () => this.giftCard()),
      out && this.online ? button(say("to_webshop"), () => pay({ type: "other", tender_type: "Online", ...part() })) : null,
      this.box.shop.on_account ? button(say("on_account"), () => pay({ type: "other", tender_type: "CustomerAccount", ...part() })) : null,
      out ? null : button(say("standalone"), async () => {
        const slip = await askText(say("standalone"), say("slip_number"), say("standalone_words", { amount: money(part().amount ?? due) }));
        if (slip) await pay({ type: "card", standalone: true, slip_number: slip, ...part() });
      }),
      ...this.box.shop.foreign_currencies.map((/** @type {Json} */ each) => (out ? null : button(each.code, () => {
        if (typed() <= 0) return announce(say("type_amount"));
        return pay({ type: "cash", currency: each.code, amount: typed() });
      }))),
    ];
  }

  /** Take a tender, or keep it until the rest is chosen too. @param {Json} tender @param {number} due
   *  @param {boolean} waiting */
  async #pay(tender, due, waiting) {
    this.typed = "";
    if (waiting) {
      await this.selling.tender(tender);
    } else if (tender.amount !== undefined && tender.amount < due && !tender.currency) {
      this.parts.push(tender);
      this.acts.changed();
    } else {
      const tenders = [...this.parts, tender];
      this.parts = [];
      await this.acts.pay(tenders);
    }
  }

  async #cancel() {
    if (await confirmed(say("cancel_sale"), say(this.selling.sale?.paid ? "cancel_gives_back" : "cancel_words"), say("cancel_sale"))) {
      await this.selling.cancel();
    }
  }

  /** By gift card, or to one. @param {string} [number] As it was scanned. */
  async giftCard(number) {
    if (this.asked === null) return;
    const { due, out, pay } = this.asked;
    const typed = typedMoney(this.typed) ?? 0;
    const tender = await askGiftCard(this.box, typed > 0 && typed < due ? typed : due, out, number);
    if (tender) await pay({ ...tender, ...(tender.amount === undefined && typed > 0 && typed < due ? { amount: typed } : {}) });
  }

  // --- working ---

  #working() {
    const { act, sale, lost, phase, phaseText } = this.selling;
    const tenders = act?.verb === "sell" ? act.body.tenders : act?.verb === "tender" ? [act.body] : [];
    const card = tenders.some((/** @type {Json} */ each) => each.type === "card" && !each.standalone) || sale?.payments?.length;
    const words = lost || !this.box.live ? say("asking_again") : phase ? say(`phase_${phase}`) : say(card ? "phase_started" : "working");
    const open = (sale?.payments ?? []).filter((/** @type {Json} */ each) => !each.finished || each.needs_signature || each.needs_person);
    const asked = card && act ? cardAmount(act, tenders, sale) : null;
    return [
      this.#title(say(card ? "card" : "moment_please"), asked ? money(asked) : ""),
      make("div", { class: "phase" }, make("div", { class: `wave ${lost || !this.box.live ? "lost" : ""}`, "aria-hidden": "true" }),
        make("p", { role: "status" }, words), phaseText && !lost && this.box.live ? make("p", { class: "terminal-says" }, phaseText) : null),
      ...open.map((/** @type {Json} */ each) => this.#payment(each)),
      card && this.box.live && !open.some((/** @type {Json} */ each) => each.needs_signature || each.needs_person)
        ? make("div", { class: "buttons" }, button(say("stop_payment"), () => this.selling.stop(), { class: "risky" })) : null,
    ];
  }

  /** What is wrong with the payments of a sale. @param {Json | null} sale */
  #troubles(sale) {
    const list = make("div", { role: "status" });
    const payments = sale?.payments ?? [];
    for (const payment of payments) {
      const last = payment === payments[payments.length - 1];
      if (paymentWords(payment) && (last || payment.approved !== false)) list.append(this.#payment(payment));
    }
    return list;
  }

  /** A card payment that did not simply work: what it is, and what can be done. @param {Json} payment */
  #payment(payment) {
    const words = paymentWords(payment);
    if (words === null) return make("span");
    const decide = (/** @type {() => Promise<any>} */ act) => async () => {
      await act();
      await this.selling.look();
    };
    return make("div", { class: `trouble ${payment.approved === false ? "care" : "bad"}` },
      make("p", {}, words),
      payment.message && payment.state === "DECLINED" ? make("p", { class: "quiet" }, whyDeclined(payment.message)) : null,
      make("div", { class: "buttons" },
        payment.needs_signature ? [
          button(say("signature_good"), decide(() => this.box.acts.sign(payment.id, true)), { class: "main" }),
          button(say("signature_bad"), decide(() => this.box.acts.sign(payment.id, false)), { class: "risky" }),
        ] : [],
        payment.needs_person && !payment.needs_signature ? button(say("decide"), decide(() => resolve(this.box, payment))) : null,
        payment.refund_due ? button(say("give_back"), decide(() => giveBack(this.box, payment))) : null));
  }

  // --- done ---

  /** @param {Json} sale */
  #done(sale) {
    const told = saleWords(sale, (family) => this.box.device(family));
    const words = [sale.sequence_number ? say("receipt_number", { number: sale.sequence_number }) : "",
      ["printed"].includes(sale.receipt?.state) ? say("receipt_printed") : "",
      sale.rounding ? say("rounded", { amount: money(sale.rounding) }) : ""].filter(Boolean).join(" · ");
    const out = sale.total < 0;
    const paid = sale.tenders.filter((/** @type {Json} */ each) => each.amount < 0 === out); // not the change
    return [
      this.#title(say(sale.type === "Void" ? "was_voided" : out ? "was_paid_out" : "was_paid"), money(Math.abs(sale.total + sale.rounding)), "good"),
      sale.change ? make("div", { class: "change" }, make("span", {}, say("change")), make("strong", {}, money(sale.change))) : null,
      make("p", { class: "quiet", role: "status" }, words),
      paid.length > 1 ? make("ul", { class: "parts" }, paid.map((/** @type {Json} */ each) => make("li", {},
        make("span", {}, say(`tender_type_${each.tender_type}`)), make("span", { class: "amount" }, money(each.amount))))) : null,
      told.length ? make("div", { class: "trouble care", role: "alert" }, told.map((each) => make("p", {}, each))) : null,
      ...(sale.payments ?? []).filter((/** @type {Json} */ each) => each.refund_due).map((/** @type {Json} */ each) => this.#payment(each)),
      make("div", { class: "buttons" },
        button(say("next_customer"), () => this.acts.next(), { class: "main big", "data-first": "" }),
        sale.receipt ? button(say("print_copy"), () => this.selling.copy()) : null,
        sale.type === "Sale" && !sale.voided_by && !sale.training ? button(say("void"), () => this.acts.undo(), { class: "risky" }) : null),
    ];
  }
}

/** What the terminal is asked for. @param {import("./selling.js").Act} act @param {Json[]} tenders
 *  @param {Json | null} sale @returns {number} */
function cardAmount(act, tenders, sale) {
  const others = tenders.filter((each) => each.type !== "card").reduce((sum, each) => sum + each.amount, 0);
  const amount = tenders.find((each) => each.type === "card")?.amount;
  return Math.abs(amount ?? (act.verb === "sell" ? act.body.total - others : sale?.due ?? 0));
}

/** @param {Json} sale */
const inDoubt = (sale) => sale.payments.some((/** @type {Json} */ each) => (each.approved ?? null) === null);

/** Cash as it was typed: all of it where nothing was. @param {number} amount @param {number} due
 *  @param {number} cash What is due, rounded. @param {boolean} out @returns {Json} */
function cashTender(amount, due, cash, out) {
  if (out) return { type: "cash", ...(amount > 0 && amount < due ? { amount } : {}) };
  return { type: "cash", amount: amount > 0 && amount < due ? amount : Math.max(amount, cash) };
}

/** Decide a payment that nobody knows the end of, by the terminal's slip. @param {Box} box @param {Json} payment */
export async function resolve(box, payment) {
  const found = await dialog(say("decide_title", { amount: money(payment.amount) }), (close) => {
    const paid = choice(say("decide_question"), [["APPROVED", say("decide_paid")], ["NOT_PROCESSED", say("decide_not_paid")]]);
    const why = make("input", { type: "text", maxlength: 200, required: true, autocomplete: "off" });
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (paid.get()) close({ state: paid.get(), reason: why.value.trim() });
      },
    }, make("p", {}, say("decide_words")), paid.element, field(say("decide_why"), why),
    make("button", { type: "submit", class: "main" }, say("ok")));
  });
  if (found) await box.acts.resolve(payment.id, /** @type {any} */ (found.state), found.reason);
}

/** Give a card its money back that was not needed. @param {Box} box @param {Json} payment */
export async function giveBack(box, payment) {
  const { approved } = await box.acts.reverse(payment.id, "not needed");
  announce(say(approved ? "given_back" : "not_given_back"), approved ? "good" : "bad");
}

/** @param {string} title @param {string} name @param {string} [words] @returns {Promise<string | undefined>} */
export function askText(title, name, words) {
  return dialog(title, (close) => {
    const text = make("input", { type: "text", maxlength: 64, required: true, autocomplete: "off", "data-first": "" });
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (text.value.trim()) close(text.value.trim());
      },
    }, words ? make("p", {}, words) : null, field(name, text), make("button", { type: "submit", class: "main" }, say("ok")));
  });
}
