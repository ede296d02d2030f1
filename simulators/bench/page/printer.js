// The receipt printer with the drawer below it. Paper grows out of the slot as it is printed.

import { Card, flat, offer } from "/card.js";
import { button, make } from "/elements.js";
import { say } from "/words.js";

const SCALE = 0.42; // of a dot on paper, in CSS pixels
const SPEED = 420; // CSS pixels a second
const KEPT = 6;
const OWN = ["open_cover", "close_cover", "paper_out", "replace_paper", "tear_off", "close_drawer", "open_drawer_by_key", "power_on", "power_off"];

export class PrinterCard extends Card {
  constructor(device) {
    const tray = make("div", { class: "tray", tabindex: "0", role: "region", "aria-label": say("paper") });
    const pile = make("ul", { class: "pile", "aria-label": say("receipts") });
    const lamp = make("span", { class: "lamp" });
    const lid = make("div", { class: "lid", "aria-hidden": "true" }, make("span", {}, "TM-80"), lamp);
    const drawer = make("div", { class: "drawer" },
      make("div", { class: "till", "aria-hidden": "true" }, ["n50", "n20", "n10", "n5", "c2", "c1", "c50", "c20"].map((each) => make("i", { class: each }))),
      make("div", { class: "front", "aria-hidden": "true" }));
    const drawerWords = make("p", { class: "drawer-words", role: "status" });
    const buttons = make("div", { class: "buttons" });
    super(device, [make("div", { class: "machine" }, tray, lid, make("div", { class: "body", "aria-hidden": "true" }), drawer), drawerWords, buttons, pile], { left: OWN });
    Object.assign(this, { tray, pile, lid, drawer, drawerWords, buttons, sheet: null });
    this.drawing = Promise.resolve();
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { state } = change;
    super.update(change, condition(state));
    this.lid.classList.toggle("open", state.cover_open);
    this.lid.classList.toggle("off", !state.powered);
    this.lid.classList.toggle("trouble", state.powered && !state.online);
    const has = state.drawer_open !== null;
    this.drawer.hidden = !has;
    this.drawer.classList.toggle("open", Boolean(state.drawer_open));
    const words = has ? say(state.drawer_open ? "drawer_open" : "drawer_shut") : "";
    if (this.drawerWords.textContent !== words) this.drawerWords.textContent = words;
    this.#offer(state, has);
  }

  /** The buttons for what a person can do now. */
  #offer(state, has) {
    const wanted = [
      has ? (state.drawer_open ? "close_drawer" : "open_drawer_by_key") : null,
      state.paper === "out" ? "replace_paper" : "paper_out",
      state.cover_open ? "close_cover" : "open_cover",
      "tear_off",
      state.powered ? "power_off" : "power_on",
    ].filter(Boolean);
    offer(this, wanted);
  }

  /** Paper: a strip of picture, all of the piece's text, and how it came off. */
  paper(message) {
    this.drawing = this.drawing.then(() => this.#print(message)).catch(() => {});
  }

  async #print({ piece, from, strip, text, end }) {
    if (this.sheet?.piece !== piece) {
      this.sheet = new Sheet(piece);
      this.tray.replaceChildren(this.sheet.element);
    }
    if (from === 0) this.sheet.clear();
    await this.sheet.add(strip);
    this.sheet.tell(text, end);
    if (end) this.#lay(this.sheet);
  }

  /** Lay a receipt that came off onto the pile; pressed, it is shown large. */
  #lay(sheet) {
    this.pile.prepend(make("li", {}, sheet.thumbnail()));
    while (this.pile.children.length > KEPT) this.pile.lastChild.remove();
  }
}

/** One piece of paper. */
class Sheet {
  constructor(piece) {
    this.piece = piece;
    this.canvas = make("canvas", { role: "img", "aria-label": say("receipt_number", { number: piece }) });
    this.text = make("pre", { class: "unseen" });
    this.element = make("div", { class: "sheet" }, this.canvas, this.text);
    this.clear();
  }

  clear() {
    this.canvas.width = this.canvas.height = 0;
    this.element.style.height = "0px";
  }

  async add(strip) {
    if (!strip) return;
    const bytes = Uint8Array.from(atob(strip), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const before = this.canvas.height ? await createImageBitmap(this.canvas) : null;
    this.canvas.width = picture.width;
    this.canvas.height = (before?.height ?? 0) + picture.height;
    const pen = this.canvas.getContext("2d");
    if (before) pen.drawImage(before, 0, 0);
    pen.drawImage(picture, 0, before?.height ?? 0);
    this.canvas.style.width = `${this.canvas.width * SCALE}px`;
    const height = this.canvas.height * SCALE;
    const ahead = height - this.element.getBoundingClientRect().height;
    this.element.style.transitionDuration = `${Math.max(ahead / SPEED, 0.05)}s`;
    this.element.style.height = `${height}px`;
  }

  tell(text, end) {
    this.text.textContent = text;
    this.element.dataset.end = end ?? "hanging";
  }

  /** It, small; it opens large. */
  thumbnail() {
    const small = make("canvas", { width: "64", height: "90", "aria-hidden": "true" });
    if (this.canvas.height) small.getContext("2d").drawImage(this.canvas, 0, 0, 640, 900, 0, 0, 64, 90);
    return make("button", { type: "button", onclick: () => this.#show(), "aria-label": say("show_receipt", { number: this.piece }) }, small);
  }

  #show() {
    const large = make("canvas", { width: this.canvas.width, height: this.canvas.height, "aria-hidden": "true" });
    large.getContext("2d").drawImage(this.canvas, 0, 0);
    const dialog = make("dialog", { "aria-label": say("receipt_number", { number: this.piece }) });
    dialog.append(button(say("close"), () => dialog.close(), { class: "main" }), large, make("pre", { class: "unseen" }, this.text.textContent));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

function condition(state) {
  if (!state.powered) return ["bad", say("state_off")];
  if (state.cover_open) return ["care", say("state_cover_open")];
  if (state.paper === "out") return ["care", say("state_paper_out")];
  if (state.errors.length) return ["bad", say(`state_${state.errors[0]}`)];
  if (state.paper === "near_end") return ["care", say("state_near_end")];
  return ["good", say("state_ready")];
}
