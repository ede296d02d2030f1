/**
 * The registers' SDK for browsers: pair, sell, print, open the drawer, take cards, hear what happens.
 *
 *     import { pair, Register } from "https://edge-0041.local:8443/client.js";
 *     const { token } = await pair("https://edge-0041.local:8443", "K7QX-3M9P");
 *     const register = new Register("https://edge-0041.local:8443", token, { workstation: "till-1" });
 *     const sale = await register.sell({ operator_id: "op-17", lines, tenders });
 *     for await (const event of register.events({ types: ["scan"] })) { … }
 *
 * Whatever acts is sent under an id that the caller gives or that is made here, and sent again until
 * there is an end: a repeat is harmless, giving up would not be. No build step, no dependencies.
 * Amounts are minor units, quantities thousandths. What is sent and answered is described at
 * `/openapi.json`; the types below name it.
 *
 * @typedef {Record<string, any>} Json
 * @typedef {Object} Options
 * @property {string} [workstation] The one that the register acts for.
 * @property {string} [operatorId] Pseudonym of the cashier.
 * @property {number} [patience] Milliseconds for which a broken line is tried again; 120,000.
 * @property {RequestInit} [fetch] More for `fetch`, such as `{ targetAddressSpace: "local" }`.
 * @typedef {Object} BoxEvent
 * @property {string} id To come back with.
 * @property {string} type `scan`, `sale_changed`, …; `subscribed` at first; `resync`: something was
 *   missed, read devices and sales anew; `stale_scan`, `stale_card`: what came too late to count.
 * @property {string | null} device
 * @property {Json} data
 * @property {number} occurred_at_us Microseconds since 1970 UTC, by the box's clock.
 * @property {boolean} [replayed] It happened before this line was opened.
 * @property {number} [age_ms] How old it is, where that is worth saying.
 */

/** How long the box may keep an answer back until the act has ended; then it is asked again. */
const WAIT_SECONDS = 30;
/** A line on which nothing came for so long is dead: the box says something every 15 s. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const PATIENCE_MS = 120_000;
/** Older scans belong to an earlier customer. */
export const STALE_SCAN_MS = 5_000;
const GROWS_STALE = new Map([["scan", "stale_scan"], ["card_presented", "stale_card"]]);
/** Refusals of a box that is overloaded or on its way up. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** Thrown when the box refuses: nothing was done. `code` is the box's word, `path` is in the body. */
export class RefusedError extends Error {
  /** @param {number} status @param {Json} error */
  constructor(status, error) {
    super(error.message ?? `The box answered ${status}.`);
    this.name = "RefusedError";
    this.status = status;
    this.code = error.code ?? "error";
    this.path = error.path ?? null;
    this.requestId = error.request_id ?? null;
  }
}

/** Thrown when the box does not answer: the act may have happened. Ask again under the same id. */
export class NoAnswerError extends Error {
  /** @param {string} place @param {unknown} cause */
  constructor(place, cause) {
    super(`The box does not answer: ${place}.`, { cause });
    this.name = "NoAnswerError";
    this.place = place;
  }
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID, for one act. @returns {string} */
export function newId() {
  let time = Date.now();
  let text = "";
  for (let place = 0; place < 10; place += 1) {
    text = DIGITS[time % 32] + text;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += DIGITS[byte % 32];
  return text;
}

/** @param {number} ms @param {AbortSignal} [signal] */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve(undefined)), { once: true });
  });
}

/** @param {Json} fields @returns {Json} Those that are given. */
function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** One box: a request, again when the line breaks. */
class Connection {
  /** @param {string} url @param {string | null} token @param {Options} options */
  constructor(url, token, options) {
    this.url = url.replace(/\/+$/, "");
    /** @type {Record<string, string>} */
    this.headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    this.patience = options.patience ?? PATIENCE_MS;
    this.more = options.fetch ?? {};
  }

  /** @param {string} path @param {RequestInit} request @returns {Promise<Response>} */
  fetch(path, request) {
    const headers = { ...this.headers, ...Object.fromEntries(new Headers(request.headers)) };
    return fetch(this.url + path, { cache: "no-store", ...this.more, ...request, headers });
  }

  /** @param {string} method @param {string} path @param {Json} [body] @returns {Promise<Response>} */
  async send(method, path, body) {
    const deadline = performance.now() + this.patience;
    const request = body === undefined ? { method } : {
      method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
    };
    for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
      try {
        const signal = AbortSignal.timeout((WAIT_SECONDS + 10) * 1000);
        const response = await this.fetch(path, { ...request, signal });
        const text = await response.text();
        return new Response(response.status === 204 ? null : text, response);
      } catch (error) {
        if (performance.now() + ms > deadline) throw new NoAnswerError(path, error);
      }
      await pause(ms);
    }
  }

  /** @param {string} method @param {string} path @param {Json} [body] @returns {Promise<any>} */
  async ask(method, path, body) {
    return read(await this.send(method, path, body));
  }

  /** Ask for an act until it has ended. @param {string} path @param {Json} body */
  async act(path, body, method = "PUT") {
    for (;;) {
      const response = await this.send(method, `${path}?wait=${WAIT_SECONDS}`, body);
      if (response.status !== 202) return read(response);
    }
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new RefusedError(response.status, body?.error ?? {});
  return body;
}

/**
 * Exchange a pairing code for a token. Sent again under the same id, it is the same token.
 * @param {string} url @param {string} code As the box printed it.
 * @param {Options & { name?: string, id?: string }} [options]
 * @returns {Promise<{ id: string, token: string, name: string, scopes: string[],
 *   workstation: string | null, expires_at: number | null }>}
 */
export function pair(url, code, options = {}) {
  const box = new Connection(url, null, options);
  return box.ask("PUT", `/v1/pairings/${options.id ?? newId()}`, given({ code, name: options.name }));
}

/** A register at one workstation. Every method throws `RefusedError` or `NoAnswerError`. */
export class Register {
  #box;

  /** @param {string} url @param {string} token @param {Options} [options] */
  constructor(url, token, options = {}) {
    this.#box = new Connection(url, token, options);
    this.workstation = options.workstation;
    this.operatorId = options.operatorId;
  }

  /** Read what has no method here, such as `/v1/journal`. @param {string} path */
  get(path) { return this.#box.ask("GET", path); }

  /** Who we are to the box, and what we may do. */
  identity() { return this.get("/v1/caller"); }

  /** The shop's money and rules, and which devices each till has. */
  shop() { return this.get("/v1/shop"); }

  /** The box's time, and whether a person has to confirm it. @param {number} [registerUs] Ours. */
  time(registerUs) {
    return this.get(`/v1/clock${registerUs === undefined ? "" : `?register_us=${registerUs}`}`);
  }

  /** Say what time it is, where nobody keeps the box's clock in step.
   *  @param {{ source: "LastEntry" | "Register" | "Terminal" | "Keyed", moment_us: number,
   *   reason?: string, operator_id?: string }} moment */
  confirmTime(moment, id = newId()) {
    const body = given({ operator_id: this.operatorId, ...moment });
    return this.#box.act(`/v1/clock-confirmations/${id}`, body);
  }

  /** @param {string} id */
  timeConfirmation(id) { return this.get(`/v1/clock-confirmations/${id}`); }

  /** How the box is. */
  health() { return this.get("/v1/health"); }

  /** All devices as they stand. @returns {Promise<Json[]>} */
  async devices() { return (await this.get("/v1/devices")).devices; }

  /** @param {string} name */
  device(name) { return this.get(`/v1/devices/${encodeURIComponent(name)}`); }

  /**
   * Sell: payment, journal, drawer and receipt. Look at `state` and `problems`.
   * @param {{ lines: Json[], tenders: Json[], operator_id?: string, total?: number,
   *   training?: boolean, print_receipt?: boolean, customer_ref?: string, begin_at?: number,
   *   discounts?: Json[], resumes?: string, approval_id?: string }} sale
   * @param {string} [id] A ULID that the register keeps until it has the answer.
   */
  sell(sale, id = newId()) { return this.#box.act(`/v1/sales/${id}`, this.#said(sale)); }

  /** @param {string} id */
  sale(id) { return this.get(`/v1/sales/${id}`); }

  /** Go on with a sale that waits for a tender. @param {string} saleId @param {Json} tender */
  tender(saleId, tender, id = newId()) {
    return this.#box.act(`/v1/sales/${saleId}/tenders/${id}`, tender);
  }

  /** Give up a sale that waits for a tender. @param {string} id */
  cancelSale(id, reason = "") {
    const body = given({ operator_id: this.operatorId, reason });
    return this.#box.act(`/v1/sales/${id}/cancel`, body, "POST");
  }

  /** Print a copy of a receipt, marked as one. @param {string} saleId */
  copyReceipt(saleId, id = newId()) {
    return this.#box.act(`/v1/sales/${saleId}/receipt-copies/${id}`, this.#said({}));
  }

  /** @param {string} saleId @param {string} id */
  receiptCopy(saleId, id) { return this.get(`/v1/sales/${saleId}/receipt-copies/${id}`); }

  /** Which catalogue is in force, and which is coming. */
  catalogue() { return this.get("/v1/catalogue"); }

  /** One article by its GTIN or its own id, as it is now. @param {string} code */
  item(code) { return this.get(`/v1/items/${encodeURIComponent(code)}`); }

  /** Tell a customer what an article costs (`gtin` or `item_id`), and count that it was asked.
   *  @param {Json} article */
  inquirePrice(article, id = newId()) {
    return this.#box.act(`/v1/price-inquiries/${id}`, this.#said(article));
  }

  /** What was told. @param {string} id */
  priceInquiry(id) { return this.get(`/v1/price-inquiries/${id}`); }

  /** Articles by the beginnings of words, or of a group: `text`, `group`, `limit`, `after`.
   *  @param {Record<string, string>} wanted */
  items(wanted) { return this.get(`/v1/items?${new URLSearchParams(wanted)}`); }

  /** All product groups. */
  productGroups() { return this.get("/v1/product-groups"); }

  /** Undo a finished sale of today, whole. @param {string} saleId @param {string} reason */
  void(saleId, reason, /** @type {Json} */ more = {}, id = newId()) {
    return this.#box.act(`/v1/voids/${id}`, this.#said({ sale_id: saleId, reason, ...more }));
  }

  /** How a void stands. @param {string} id */
  voided(id) { return this.get(`/v1/voids/${id}`); }

  /** What a scanned receipt says, and what of it can still come back. @param {string} code */
  receipt(code) { return this.get(`/v1/receipts/${encodeURIComponent(code)}`); }

  /** The same by its number. @param {string} workstation @param {number} number */
  numberedReceipt(workstation, number) {
    return this.get(`/v1/receipts?workstation=${encodeURIComponent(workstation)}&number=${number}`);
  }

  /** What is on a gift card: `balance`, `currency`, `as_of`, `stale`. @param {string} number */
  giftCard(number) { return this.#box.ask("POST", "/v1/gift-cards/balance", { number }); }

  /** The web orders that can be handed out or come back here. */
  orders() { return this.get("/v1/orders"); }

  /** Hand a web order out; without tenders where it is paid. @param {string} orderId */
  handOut(orderId, /** @type {Json[]} */ tenders = [], id = newId(), operatorId = this.operatorId) {
    const body = this.#said({ tenders, operator_id: operatorId });
    return this.#box.act(`/v1/orders/${orderId}/hand-outs/${id}`, body);
  }

  /** Park a basket: its lines, and more. @param {Json} basket */
  suspend(basket, id = newId()) {
    return this.#box.act(`/v1/suspended-sales/${id}`, this.#said(basket));
  }

  /** A parked basket. @param {string} id */
  suspendedSale(id) { return this.get(`/v1/suspended-sales/${id}`); }

  /** All that are parked, or were taken up again and not sold yet. */
  suspendedSales() { return this.get("/v1/suspended-sales"); }

  /** Take a basket up again; the sale then names it in `resumes`. @param {string} saleId */
  resume(saleId, takeOver = false, id = newId()) {
    const body = this.#said({ take_over: takeOver });
    return this.#box.act(`/v1/suspended-sales/${saleId}/resumptions/${id}`, body);
  }

  /** Note that a basket was given up: its lines, `reason`, `resumes`. @param {Json} basket */
  giveUp(basket, id = newId()) {
    return this.#box.act(`/v1/basket-cancellations/${id}`, this.#said(basket));
  }

  /** A basket that was given up. @param {string} id */
  givenUp(id) { return this.get(`/v1/basket-cancellations/${id}`); }

  /** Print: `[{ type: "text", text: "…" }, { type: "cut" }]`. @param {Json[]} document */
  print(document, id = newId()) {
    return this.#box.act(`/v1/print-jobs/${id}`, this.#said({ document }));
  }

  /** @param {string} id */
  printJob(id) { return this.get(`/v1/print-jobs/${id}`); }

  /** Open the drawer without a sale, now or not at all. @param {string} reason
   *  @param {string} [id] @param {string} [approvalId] A manager's. */
  openDrawer(reason, id = newId(), approvalId = undefined) {
    const body = this.#said({ reason, approval_id: approvalId });
    return this.#box.act(`/v1/drawer-openings/${id}`, body);
  }

  /** @param {string} id */
  drawerOpening(id) { return this.get(`/v1/drawer-openings/${id}`); }

  /** Take a card payment. @param {{ amount: number, pre_authorisation?: boolean,
   *   allow_partial?: boolean }} payment */
  pay(payment, id = newId()) { return this.#box.act(`/v1/payments/${id}`, this.#said(payment)); }

  /** @param {string} id */
  payment(id) { return this.get(`/v1/payments/${id}`); }

  /** The payments that need a person. */
  openPayments() { return this.get("/v1/payments"); }

  /** Pay money to a card. @param {{ amount: number, reason: string }} refund */
  refund(refund, id = newId()) { return this.#box.act(`/v1/refunds/${id}`, this.#said(refund)); }

  /** Give one payment back, whole. @param {string} paymentId @param {string} reason */
  reverse(paymentId, reason, id = newId()) {
    const body = given({ payment_id: paymentId, reason, operator_id: this.operatorId });
    return this.#box.act(`/v1/reversals/${id}`, body);
  }

  /** Book what was set aside; the amount 0 sets it free. @param {string} paymentId */
  complete(paymentId, /** @type {number} */ amount, id = newId()) {
    const body = given({ payment_id: paymentId, amount, operator_id: this.operatorId });
    return this.#box.act(`/v1/completions/${id}`, body);
  }

  /** Ask the terminal to stop; an approval can still win. @param {string} paymentId */
  abort(paymentId) { return this.#box.ask("POST", `/v1/payments/${paymentId}/abort`); }

  /** Say whether the signature is the card's. @param {string} paymentId @param {boolean} accepted */
  sign(paymentId, accepted) {
    const body = given({ accepted, operator_id: this.operatorId });
    return this.#box.ask("POST", `/v1/payments/${paymentId}/signature`, body);
  }

  /** End a doubt by a person's word. @param {string} paymentId
   *  @param {"APPROVED" | "DECLINED" | "NOT_PROCESSED" | "REVERSED"} state
   *  @param {string} reason */
  resolve(paymentId, state, reason) {
    const body = given({ state, reason, operator_id: this.operatorId });
    return this.#box.ask("POST", `/v1/payments/${paymentId}/resolve`, body);
  }

  /** Close the terminal's day. */
  reconcile(id = newId()) { return this.#box.act(`/v1/reconciliations/${id}`, this.#said({})); }

  /** @param {string} id */
  reconciliation(id) { return this.get(`/v1/reconciliations/${id}`); }

  /** Open our till. @param {{ opening_float?: number, denominations?: Json[],
   *   open_drawer?: boolean, approval_id?: string }} [opening] */
  openTill(opening = {}, id = newId()) {
    return this.#box.act(`/v1/till-sessions/${id}`, this.#said(opening));
  }

  /** @param {string} id */
  tillSession(id) { return this.get(`/v1/till-sessions/${id}`); }

  /** The newest shifts, newest first. @returns {Promise<Json[]>} */
  async tillSessions() { return (await this.get("/v1/till-sessions")).sessions; }

  /** Suspend, resume or close a till. @param {string} sessionId
   *  @param {{ event: "suspend" | "resume" | "blind_close" | "close", reason?: string,
   *   approval_id?: string }} change */
  changeTill(sessionId, change, id = newId()) {
    return this.#box.act(`/v1/till-sessions/${sessionId}/changes/${id}`, this.#said(change));
  }

  /** Bring money to the drawer, or take some away. @param {string} sessionId
   *  @param {{ kind: "loan" | "pickup" | "safe_drop" | "paid_in" | "paid_out" | "deposit",
   *   amount: number, reason: string, document_ref?: string, bag_id?: string,
   *   denominations?: Json[], open_drawer?: boolean, approval_id?: string }} movement */
  moveMoney(sessionId, movement, id = newId()) {
    return this.#box.act(`/v1/till-sessions/${sessionId}/movements/${id}`, this.#said(movement));
  }

  /** @param {string} sessionId @param {string} id */
  moneyMovement(sessionId, id) { return this.get(`/v1/till-sessions/${sessionId}/movements/${id}`); }

  /** Say what was counted. @param {string} sessionId
   *  @param {{ kind: "check" | "settle", counted?: number, denominations?: Json[],
   *   tender_type?: string, blind?: boolean, reason?: string, recount_reason?: string }} count */
  countTill(sessionId, count, id = newId()) {
    return this.#box.act(`/v1/till-sessions/${sessionId}/counts/${id}`, this.#said(count));
  }

  /** @param {string} sessionId @param {string} id */
  tillCount(sessionId, id) { return this.get(`/v1/till-sessions/${sessionId}/counts/${id}`); }

  /** Make an X, which changes nothing, or a Z, which ends our period.
   *  @param {{ kind: "X" | "Z", print?: boolean, approval_id?: string }} report */
  makeReport(report, id = newId()) {
    return this.#box.act(`/v1/period-reports/${id}`, this.#said(report));
  }

  /** @param {string} id */
  periodReport(id) { return this.get(`/v1/period-reports/${id}`); }

  /** The newest reports, newest first. @returns {Promise<Json[]>} */
  async periodReports() { return (await this.get("/v1/period-reports")).reports; }

  /** Print a report again, marked as a copy. @param {string} reportId */
  copyReport(reportId, id = newId()) {
    return this.#box.act(`/v1/period-reports/${reportId}/copies/${id}`, this.#said({}));
  }

  /** @param {string} reportId @param {string} id */
  reportCopy(reportId, id) { return this.get(`/v1/period-reports/${reportId}/copies/${id}`); }

  /** Sign somebody on, by PIN or badge; from then on we act for them.
   *  @param {{ operator_id?: string, pin?: string, badge?: string }} proof */
  async signOn(proof, id = newId()) {
    const body = given({ workstation: this.workstation, ...proof });
    const answer = await this.#box.act(`/v1/sign-ons/${id}`, body);
    if (answer.state === "signed_on") this.operatorId = answer.operator_id;
    return answer;
  }

  /** @param {string} id */
  signOnState(id) { return this.get(`/v1/sign-ons/${id}`); }

  /** Sign whoever is at our workstation off. */
  async signOff(id = newId()) {
    const answer = await this.#box.act(`/v1/sign-offs/${id}`, given({ workstation: this.workstation }));
    this.operatorId = undefined;
    return answer;
  }

  /** @param {string} id */
  signOffState(id) { return this.get(`/v1/sign-offs/${id}`); }

  /** Let a manager approve one act; name its id as `approval_id` there.
   *  @param {{ rights: string[], operator_id?: string, pin?: string, badge?: string,
   *   reason?: string }} approval */
  approve(approval, id = newId()) {
    const body = given({ workstation: this.workstation, asked_by: this.operatorId, ...approval });
    return this.#box.act(`/v1/approvals/${id}`, body);
  }

  /** @param {string} id */
  approval(id) { return this.get(`/v1/approvals/${id}`); }

  /** Clock in or out, begin or end a break, or correct an earlier moment.
   *  @param {{ event: "clock_in" | "clock_out" | "break_start" | "break_end" | "correction",
   *   operator_id?: string, pin?: string, badge?: string, corrects?: string,
   *   corrected_at?: number, reason?: string, approval_id?: string }} moment */
  clock(moment, id = newId()) {
    const body = given({ workstation: this.workstation, ...moment });
    return this.#box.act(`/v1/working-times/${id}`, body);
  }

  /** @param {string} id */
  workingTime(id) { return this.get(`/v1/working-times/${id}`); }

  /** What was clocked today. @returns {Promise<Json[]>} */
  async workingTimes() { return (await this.get("/v1/working-times")).working_times; }

  /** Who may use the registers. @returns {Promise<Json[]>} */
  async operators() { return (await this.get("/v1/operators")).operators; }

  /** Who should be there today, and who is. @returns {Promise<Json[]>} */
  async roster() { return (await this.get("/v1/roster")).shifts; }

  /** What lies where of an article. @param {string} gtin */
  stock(gtin) { return this.get(`/v1/stock/${gtin}`); }

  /** Book goods that moved without a sale.
   *  @param {{ kind: "receipt" | "adjustment" | "transfer_out" | "transfer_in" | "waste",
   *   lines: Json[], reason: string, location_id?: string, counterpart_location_id?: string,
   *   approval_id?: string }} movement */
  moveStock(movement, id = newId()) {
    return this.#box.act(`/v1/stock-movements/${id}`, this.#said(movement));
  }

  /** @param {string} id */
  stockMovement(id) { return this.get(`/v1/stock-movements/${id}`); }

  /** Begin to count a place.
   *  @param {{ reason: string, location_id?: string, approval_id?: string }} count */
  beginStockCount(count, id = newId()) {
    return this.#box.act(`/v1/stock-counts/${id}`, this.#said(count));
  }

  /** @param {string} id */
  stockCount(id) { return this.get(`/v1/stock-counts/${id}`); }

  /** Say what was found: one more for each scan, or all of it with `add: false`.
   *  @param {string} countId
   *  @param {{ gtin: string, quantity_milli?: number, add?: boolean }} line */
  countStock(countId, line, id = newId()) {
    return this.#box.act(`/v1/stock-counts/${countId}/lines/${id}`, this.#said(line));
  }

  /** @param {string} countId @param {string} id */
  stockCountLine(countId, id) { return this.get(`/v1/stock-counts/${countId}/lines/${id}`); }

  /** End a count. @param {string} id */
  endStockCount(id) { return this.#box.act(`/v1/stock-counts/${id}/end`, this.#said({}), "POST"); }

  /** What lies on a scale, at rest. @param {string} scale
   *  @returns {Promise<{ scale: string, status: string, weight_milli?: number | null,
   *   unit: string, net: boolean }>} */
  weigh(scale) { return this.get(`/v1/scales/${encodeURIComponent(scale)}/weight`); }

  /** Show text on a customer display until other text comes; a sale shows itself.
   *  @param {string} display @param {string[]} lines
   *  @param {{ blink?: boolean, brightness?: number }} [options] */
  show(display, lines, options = {}) {
    const path = `/v1/displays/${encodeURIComponent(display)}/text`;
    return this.#box.ask("PUT", path, given({ lines, ...options }));
  }

  /** What a customer display shows. @param {string} display */
  shown(display) { return this.get(`/v1/displays/${encodeURIComponent(display)}/text`); }

  /** Have a scanner, scale, reader or terminal to ourselves while we listen; in turn: wait in line
   *  where another register has it. @param {string} device */
  lease(device, inTurn = false) {
    const body = given({ workstation: this.workstation });
    const path = `/v1/leases/${encodeURIComponent(device)}`;
    return inTurn ? this.#box.act(path, body) : this.#box.ask("PUT", path, body);
  }

  /** Who has it. @param {string} device */
  leaseOf(device) { return this.get(`/v1/leases/${encodeURIComponent(device)}`); }

  /** Give it back. @param {string} device */
  release(device) {
    return this.#box.ask("POST", `/v1/leases/${encodeURIComponent(device)}/release`);
  }

  /**
   * Listen to the live stream, for ever: `for await (const event of register.events())`. A line that
   * breaks is opened again from behind the last event. A page that keeps `event.id` (in
   * `sessionStorage`) gets with `after` what it missed while it was loaded anew.
   * @param {{ types?: string[], devices?: string[], after?: string, staleScanMs?: number,
   *   signal?: AbortSignal }} [wanted]
   * @returns {AsyncGenerator<BoxEvent, void, void>}
   */
  async *events(wanted = {}) {
    const stop = new AbortController();
    wanted.signal?.addEventListener("abort", () => stop.abort(), { once: true });
    if (wanted.signal?.aborted) stop.abort();
    const waiting = new Waiting();
    stop.signal.addEventListener("abort", () => waiting.end(), { once: true });
    listen(this.#box, wanted, waiting, stop.signal).catch((error) => waiting.end(error));
    try {
      for (;;) {
        const found = await waiting.next();
        if (found === null) return;
        yield judged(found.event, found.arrived, wanted.staleScanMs ?? STALE_SCAN_MS);
      }
    } finally {
      stop.abort();
    }
  }

  /** A body: what is given, and who we are. @param {Json} fields */
  #said(fields) {
    return given({ workstation: this.workstation, operator_id: this.operatorId, ...fields });
  }
}

/** Events that were read and not yet handed out: their age counts while a register is busy. */
class Waiting {
  /** @type {{ event: BoxEvent, arrived: number }[]} */
  #events = [];
  #ended = false;
  /** @type {unknown} */
  #error = undefined;
  #wake = () => {};

  /** @param {BoxEvent} event */
  put(event) {
    this.#events.push({ event, arrived: performance.now() });
    this.#wake();
  }

  /** @param {unknown} [error] */
  end(error) {
    this.#ended = true;
    this.#error ??= error;
    this.#wake();
  }

  /** The next one; null at the end. */
  async next() {
    while (!this.#events.length) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return null;
      await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    }
    return this.#ended && this.#error === undefined ? null : this.#events.shift() ?? null;
  }
}

/** A scan or a card that is too old is none any more.
 *  @param {BoxEvent} event @returns {BoxEvent} */
function judged(event, /** @type {number} */ arrived, /** @type {number} */ limit) {
  const type = GROWS_STALE.get(event.type);
  if (type === undefined) return event;
  const age = (event.age_ms ?? 0) + performance.now() - arrived;
  return age > limit ? { ...event, type, age_ms: Math.round(age) } : event;
}

/** Read one line after the other until told to stop. @param {Connection} box
 *  @param {Json} wanted @param {Waiting} waiting @param {AbortSignal} signal */
async function listen(box, wanted, waiting, signal) {
  const place = { after: wanted.after };
  for (let ms = FIRST_PAUSE_MS; !signal.aborted; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
    try {
      await readLine(box, wanted, place, signal, (event) => {
        ms = FIRST_PAUSE_MS;
        waiting.put(event);
      });
    } catch (error) {
      if (error instanceof RefusedError && !PASSING.has(error.status)) throw error;
    }
    await pause(ms, signal);
  }
}

/** One line's events (WHATWG HTML, 9.2). Nothing counts before its empty line.
 *  @param {Connection} box @param {Json} wanted @param {{ after?: string }} place
 *  @param {AbortSignal} signal @param {(event: BoxEvent) => void} heard */
async function readLine(box, wanted, place, signal, heard) {
  const query = new URLSearchParams();
  for (const type of wanted.types ?? []) query.append("type", type);
  for (const device of wanted.devices ?? []) query.append("device", device);
  if (place.after) query.append("after", place.after);
  const line = new AbortController();
  const end = () => line.abort();
  signal.addEventListener("abort", end, { once: true });
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const suffix = query.size ? `?${query}` : "";
    const response = await box.fetch(`/v1/events${suffix}`, { signal: line.signal });
    if (!response.ok || !response.body) return await read(response);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block, place, heard);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", end);
  }
}

/** One block: an event, or only an id that says where the stream is. @param {string} block
 *  @param {{ after?: string }} place @param {(event: BoxEvent) => void} heard */
function take(block, place, heard) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  if (fields.data) heard(JSON.parse(fields.data));
  if (fields.id) place.after = fields.id;
}
