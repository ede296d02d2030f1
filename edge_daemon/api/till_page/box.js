// The box as this till knows it: the shop, our devices, who is signed on, the open till. Everything
// that it says is asked of it again whenever something happens; nothing is kept but the token.

import { NoAnswerError, RefusedError, Register } from "../client.js";
import { count } from "./words.js";

/** @typedef {import("../client.js").Json} Json */
/** @typedef {import("../client.js").BoxEvent} BoxEvent */

const TOKEN = "pos-till-token";
const WORKSTATION = "pos-till-workstation";
const OPERATOR = "pos-till-operator";
const HEARD = "pos-till-heard";
const LOOK_MS = 4000; // the office, and a box that is away, tell nobody by themselves
const REST_MS = 250; // many events at once are answered by one look
const OUR_FAMILIES = ["pos_printer", "cash_drawer", "payment_terminal", "scanner", "scale", "line_display", "card_reader"];

export const token = {
  get: () => localStorage.getItem(TOKEN),
  set: (/** @type {string} */ value) => localStorage.setItem(TOKEN, value),
  forget: () => localStorage.removeItem(TOKEN),
};

/** Nobody asks this box any more: the token is not good, or not enough. */
export class NotPairedError extends Error {}

export class Box {
  /** @param {() => void} changed Called when anything here is different. */
  constructor(changed) {
    this.changed = changed;
    const given = token.get() ?? "";
    const workstation = localStorage.getItem(WORKSTATION) ?? undefined;
    this.acts = new Register(location.origin, given, { workstation });
    this.reads = new Register(location.origin, given, { workstation, patience: 1 });
    /** @type {Json} */
    this.shop = {};
    /** @type {Json} Our workstation, and its devices' names. */
    this.till = {};
    /** @type {Json[]} */
    this.devices = [];
    /** @type {Json[]} */
    this.staff = [];
    /** @type {Json | null} Who is signed on here. */
    this.operator = null;
    /** @type {Json | null} The shift that is not closed. */
    this.session = null;
    /** @type {Json | null} */
    this.health = null;
    this.parked = 0;
    this.live = false;
    this.looking = 0;
    this.refused = false;
    /** @type {"" | "ours" | "taken"} Whose the scanner is. */
    this.scanner = "";
  }

  /** Find out who and where we are. Throws `NotPairedError` where the token is not good. */
  async open() {
    try {
      const [caller, shop] = await Promise.all([this.reads.identity(), this.reads.shop()]);
      this.shop = shop;
      count(shop.currency);
      this.choose(caller.workstation ?? localStorage.getItem(WORKSTATION) ?? "");
    } catch (error) {
      if (error instanceof RefusedError && [401, 403].includes(error.status)) throw new NotPairedError(error.message);
      throw error;
    }
    await this.look();
  }

  /** Be the register of that workstation. @param {string} name */
  choose(name) {
    const known = this.shop.workstations.find((/** @type {Json} */ each) => each.name === name)
      ?? (this.shop.workstations.length === 1 ? this.shop.workstations[0] : undefined);
    this.till = known ?? {};
    if (known === undefined) return;
    localStorage.setItem(WORKSTATION, known.name);
    this.acts.workstation = known.name;
    this.reads.workstation = known.name;
  }

  /** Our device of that family, as it stands. @param {string} family @returns {Json | undefined} */
  device(family) {
    return this.devices.find((each) => each.name === this.till[family]);
  }

  /** Our devices that do not work as they should. */
  get ailing() {
    return OUR_FAMILIES.map((family) => this.device(family))
      .filter((each) => each !== undefined && (each.state !== "online" || each.reason));
  }

  /** Whether whoever is signed on may do that by themselves. @param {string[]} rights */
  may(rights) {
    return !this.shop.check_rights || rights.every((right) => this.operator?.rights?.includes(right));
  }

  /** Ask how everything stands. */
  async look() {
    try {
      const [health, devices, staff, sessions, parked] = await Promise.all([
        this.reads.health(), this.reads.devices(), this.reads.operators(), this.reads.tillSessions(),
        this.reads.suspendedSales(),
      ]);
      this.health = health;
      this.devices = devices;
      this.staff = staff;
      this.session = sessions.find((each) => each.state !== "closed" && each.workstations.includes(this.till.name)) ?? null;
      this.parked = parked.suspended_sales.length;
      this.#signedOn(staff);
      this.live = true;
    } catch (error) {
      if (error instanceof RefusedError && error.status === 401) this.refused = true;
      else if (!(error instanceof NoAnswerError) && !(error instanceof RefusedError)) throw error;
      this.live = false;
    }
    this.changed();
  }

  /** @param {Json[]} staff */
  #signedOn(staff) {
    const name = localStorage.getItem(OPERATOR);
    const before = this.operator?.operator_id;
    this.operator = staff.length
      ? staff.find((each) => each.workstation === this.till.name) ?? null
      : name ? { operator_id: name, name, rights: [], roles: [] } : null;
    this.acts.operatorId = this.operator?.operator_id;
    if (before !== undefined && this.operator === null) this.#release();
    else if (before === undefined && this.operator) this.lease();
  }

  /** Where the office sends no list of people, a name is all there is. @param {string | null} name */
  call(name) {
    if (name === null) localStorage.removeItem(OPERATOR);
    else localStorage.setItem(OPERATOR, name);
    this.#signedOn(this.staff);
    this.changed();
  }

  /** Hear the box, for ever. @param {(event: BoxEvent) => void} heard */
  async hear(heard) {
    let resting = 0;
    const soon = () => {
      clearTimeout(resting);
      resting = window.setTimeout(() => this.look(), REST_MS);
    };
    this.looking = window.setInterval(() => this.look(), LOOK_MS);
    const after = sessionStorage.getItem(HEARD) ?? undefined;
    for await (const event of this.reads.events({ after })) {
      if (event.id) sessionStorage.setItem(HEARD, event.id);
      if (["subscribed", "resync", "lease_changed"].includes(event.type)) this.lease(event);
      heard(event);
      soon();
    }
  }

  /** Ask it nothing more by ourselves. */
  stop() { clearInterval(this.looking); }

  /** Nobody sells here: others may have the scanner. */
  async #release() {
    if (this.scanner === "ours") await this.acts.release(this.till.scanner).catch(() => {});
    this.scanner = "";
  }

  /** Have the scanner to ourselves, while somebody sells here. @param {BoxEvent} [event] */
  async lease(event) {
    const { scanner } = this.till;
    if (!scanner || this.operator === null || (event?.type === "lease_changed" && (event.device !== scanner || event.data.workstation))) return;
    try {
      await this.reads.lease(scanner);
      this.scanner = "ours";
    } catch (error) {
      this.scanner = error instanceof RefusedError && error.status === 409 ? "taken" : "";
    }
    this.changed();
  }
}
