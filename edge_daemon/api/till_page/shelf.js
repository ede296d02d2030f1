// What the shop sells: by group, by words, by a code that was typed. A touch puts it in the basket.

import { button, dialog, field, make, told } from "./elements.js";
import { readCode } from "./scans.js";
import { money, say, typedMoney } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

const PAGE = 60;
const TYPING_MS = 200;
const TINTS = 8;

export class Shelf {
  /** @param {Box} box @param {{ article: (article: Json) => any, code: (scan: Json) => any,
   *   open: () => any, info: (article: Json) => any }} acts */
  constructor(box, acts) {
    this.box = box;
    this.acts = acts;
    /** @type {Json[]} */
    this.groups = [];
    this.group = "";
    this.text = "";
    /** @type {Json[]} */
    this.items = [];
    this.more = false;
    this.version = "";
    this.asked = 0;
    this.search = make("input", {
      type: "search", placeholder: say("search"), "aria-label": say("search"), autocomplete: "off",
      "aria-keyshortcuts": "/", enterkeyhint: "search",
    });
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.find(this.group, this.search.value), TYPING_MS);
    });
    this.search.addEventListener("keydown", (event) => { if (event.key === "Enter") this.entered(event); });
    this.typing = 0;
    this.tabs = make("div", { class: "groups", role: "group", "aria-label": say("groups") });
    this.grid = make("div", { class: "tiles" });
    this.element = make("section", { class: "shelf", "aria-label": say("articles") },
      make("div", { class: "search" }, this.search, button(say("open_price"), () => acts.open())),
      this.tabs, this.grid);
  }

  /** Show the catalogue that is in force; nothing happens where it is shown already. */
  async load() {
    const state = await this.box.reads.catalogue();
    const version = JSON.stringify([state.version, state.items]);
    if (version === this.version) return;
    this.version = version;
    this.groups = (await this.box.reads.productGroups()).groups;
    await this.find("", "");
  }

  /** @param {string} group @param {string} text */
  async find(group, text) {
    this.group = group;
    this.text = text;
    await this.page(0);
  }

  /** @param {number} after */
  async page(after) {
    const asked = (this.asked += 1);
    const wanted = { limit: String(PAGE), after: String(after), ...(this.group ? { group: this.group } : {}), ...(this.text.trim() ? { text: this.text.trim() } : {}) };
    const { items } = await this.box.reads.items(wanted);
    if (asked !== this.asked) return; // something else was asked for since
    this.items = after ? [...this.items, ...items] : items;
    this.more = items.length === PAGE;
    this.show();
  }

  /** A whole code was typed: as if it had been scanned. Else what was found first.
   *  @param {KeyboardEvent} event */
  async entered(event) {
    event.preventDefault();
    clearTimeout(this.typing);
    const text = this.search.value.trim();
    if (/^R?[0-9A-Z]{8,26}$/i.test(text) && /\d{6}/.test(text)) {
      this.search.value = "";
      await this.acts.code(readCode(text));
      await this.find(this.group, "");
    } else {
      await told(() => this.find(this.group, text));
      if (this.items.length === 1) await this.acts.article(this.items[0]);
    }
  }

  show() {
    const top = this.groups.filter((each) => !each.parent);
    const tab = (/** @type {string} */ id, /** @type {string} */ name) => button(name, () => {
      this.search.value = "";
      return this.find(id, "");
    }, { class: "tab", "aria-pressed": String(id === this.group), "data-key": `group-${id}` });
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : "";
    this.tabs.replaceChildren(...(top.length ? [tab("", say("all")), ...top.map((each) => tab(each.id, each.name))] : []));
    const deposits = new Set(this.items.map((each) => each.deposit?.item_id));
    this.grid.replaceChildren(...this.items.filter((each) => !deposits.has(each.item_id)).map((each) => this.#tile(each)));
    if (this.more) this.grid.append(button(say("more"), () => this.page(this.items.length), { class: "tile more" }));
    if (!this.items.length) {
      this.grid.append(make("p", { class: "empty" }, say(this.text ? "found_nothing" : "no_catalogue")));
    }
    const again = focused ? this.tabs.querySelector(`[data-key="${CSS.escape(focused)}"]`) : null;
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {Json} article */
  #tile(article) {
    const top = this.#topGroup(article.merchandise_hierarchy);
    const tint = this.groups.findIndex((each) => each.id === top) % TINTS;
    const price = article.unit_price === null || article.unit_price === undefined
      ? say("ask_price") : money(article.unit_price) + (article.uom === "KGM" ? say("per_kg") : "");
    const sell = button([
      make("span", { class: "name" }, article.description),
      make("span", { class: "price" }, price),
    ], () => this.acts.article(article), { class: `tile tint-${Math.max(0, tint)}` });
    sell.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      this.acts.info(article);
    });
    return sell;
  }

  /** @param {string} id @returns {string} */
  #topGroup(id) {
    const group = this.groups.find((each) => each.id === id);
    return group?.parent ? this.#topGroup(group.parent) : id;
  }
}

/** Ask for a price; undefined where nobody said one. @param {string} title @param {string} [words] */
export function askPrice(title, words) {
  return dialog(title, (close) => {
    const price = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", required: true, "data-first": "" });
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const amount = typedMoney(price.value);
        price.setCustomValidity(amount === null ? say("no_amount") : "");
        if (price.reportValidity() && amount !== null) close(amount);
      },
      oninput: () => price.setCustomValidity(""),
    }, words ? make("p", {}, words) : null, field(say("price"), price),
    make("button", { type: "submit", class: "main" }, say("ok")));
  });
}

/** What is not in the catalogue: words, price, VAT. @param {Box} box
 *  @returns {Promise<{ description: string, unitPrice: number, taxCode: string } | undefined>} */
export function askOpenLine(box) {
  return dialog(say("open_price"), (close) => {
    const description = make("input", { type: "text", maxlength: 80, required: true, autocomplete: "off", "data-first": "" });
    const price = make("input", { type: "text", inputmode: "decimal", required: true, autocomplete: "off" });
    const tax = make("select", {}, box.shop.tax_codes.map((/** @type {Json} */ each) => make("option", { value: each.code }, each.description)));
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const amount = typedMoney(price.value);
        price.setCustomValidity(amount === null ? say("no_amount") : "");
        if (price.reportValidity() && amount !== null) {
          close({ description: description.value.trim(), unitPrice: amount, taxCode: tax.value });
        }
      },
      oninput: () => price.setCustomValidity(""),
    }, field(say("description"), description), field(say("price"), price), field(say("vat"), tax),
    make("button", { type: "submit", class: "main" }, say("to_basket")));
  });
}
