// The till's day: open it with its float, bring and take money, count, close, X and Z.

import { RefusedError, newId } from "../client.js";
import { announce, button, choice, closeDialogs, dialog, field, make, told } from "./elements.js";
import { approved } from "./staff.js";
import { money, moment, say, typedMoney } from "./words.js";

/** @typedef {import("./box.js").Box} Box */
/** @typedef {import("../client.js").Json} Json */

/** Minor units of what lies in a drawer; 1 and 2 cents too, where cash is not rounded. */
const EURO = [20_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5];
const KINDS = /** @type {const} */ (["loan", "paid_in", "paid_out", "pickup", "safe_drop", "deposit"]);

/** Count a drawer: piece by piece, or as a sum where the pieces are not known. @param {Box} box */
function counting(box) {
  const euro = box.shop.currency === "EUR";
  const pieces = euro ? [...EURO, ...(box.shop.cash_rounding > 1 ? [] : [2, 1])] : [];
  const total = make("strong", { role: "status" }, money(0));
  const sum = make("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
  const inputs = new Map(pieces.map((value) => [value, make("input", {
    type: "text", inputmode: "numeric", pattern: "[0-9]{0,5}", autocomplete: "off", "aria-label": `${say("pieces_of")} ${money(value)}`,
  })]));
  const counted = () => (euro
    ? [...inputs].reduce((all, [value, input]) => all + value * Number(input.value || 0), 0)
    : typedMoney(sum.value) ?? 0);
  const element = make("div", { class: "counting", oninput: () => { total.textContent = money(counted()); } },
    euro ? make("div", { class: "pieces" }, [...inputs].map(([value, input]) => make("label", {},
      make("span", {}, money(value)), make("span", { "aria-hidden": "true" }, "×"), input)))
      : field(say("counted"), sum),
    make("p", { class: "sum" }, say("counted"), " ", total));
  const body = () => (euro ? {
    denominations: [...inputs].map(([value, input]) => ({ value, count: Number(input.value || 0) })).filter((each) => each.count),
  } : {});
  return { element, counted, body };
}

/** Everything of the till's day, as it stands. @param {Box} box */
export async function dayDialog(box) {
  await box.look();
  const { session } = box;
  /** @type {(() => any) | undefined} */
  const next = await dialog(say("till"), (close) => {
    const act = (/** @type {string} */ words, /** @type {() => any} */ does, more = {}) => button(words, () => close(does), more);
    if (session === null) {
      return [make("p", {}, say("till_is_closed")), make("div", { class: "menu" },
        act(say("open_till"), () => openTill(box), { class: "main" }), act(say("make_z"), () => report(box, "Z")),
        act(say("reports"), () => reports(box)))];
    }
    const open = session.state === "open";
    return [
      make("p", {}, say(`till_is_${session.state}`, { moment: moment(session.opened_at), amount: money(session.opening_float) })),
      session.carried_over ? make("p", { class: "trouble care" }, say("till_carried_over")) : null,
      ["failed", "dropped", "unknown"].includes(session.drawer_opening?.state) ? make("p", { class: "trouble care" }, say("drawer_failed")) : null,
      ...(session.expected ?? []).map((/** @type {Json} */ each) => make("p", { class: "sum" }, `${say("should_be_there")} · ${say(`tender_type_${each.tender_type}`)}`, make("strong", {}, money(each.amount)))),
      make("div", { class: "menu" },
        open ? act(say("move_money"), () => moveMoney(box, session)) : null,
        open ? act(say("no_sale"), () => noSale(box)) : null,
        session.state === "blind_closed" ? null : act(say(open ? "interrupt" : "go_on"), () => change(box, session, open ? "suspend" : "resume")),
        act(say("make_x"), () => report(box, "X")), act(say("reports"), () => reports(box)),
        act(say("count_and_close"), () => closeTill(box, session), { class: "main" })),
    ];
  });
  if (next) await next();
}

/** Open the till; the date first, where nobody keeps the clock. @param {Box} box */
export async function openTill(box) {
  if (!(await confirmDate(box))) return;
  const id = newId();
  await dialog(say("open_till"), (close) => {
    const drawer = counting(box);
    return [make("p", {}, say("open_till_words")), drawer.element, button(say("open_till"), async () => {
      const body = drawer.counted() && !drawer.body().denominations ? { opening_float: drawer.counted() } : drawer.body();
      await box.acts.openTill({ ...body, open_drawer: box.till.cash_drawer !== null && drawer.counted() > 0 }, id);
      await box.look();
      close();
      announce(say("till_opened"), "good");
    }, { class: "main" })];
  }, { wide: true });
}

/** True once the date is sure. @param {Box} box @returns {Promise<boolean>} */
async function confirmDate(box) {
  const asked = performance.now();
  const clock = await box.reads.time(Date.now() * 1000);
  if (!clock.confirmation_needed) return true;
  const style = /** @type {const} */ ({ dateStyle: "full", timeStyle: "short" });
  const written = (/** @type {number} */ us) => new Intl.DateTimeFormat(document.documentElement.lang, style).format(us / 1000);
  const chosen = await dialog(say("which_date"), (close) => [
    make("p", {}, say("which_date_words")),
    make("div", { class: "menu" }, clock.suggestions.map((/** @type {Json} */ each) => button([
      make("strong", {}, written(each.moment_us)), make("span", { class: "quiet" }, ` ${say(`source_${each.source}`)}`)], () => close(each)))),
  ]);
  if (chosen === undefined) return false;
  const confirm = (/** @type {boolean} */ why) => box.acts.confirmTime({
    source: /** @type {any} */ (chosen.source), moment_us: chosen.moment_us + Math.ceil(performance.now() - asked) * 1000,
    ...(why ? { reason: "confirmed at the till" } : {}),
  });
  try {
    await confirm(chosen.needs_reason);
  } catch (error) { // something was written down a moment after what was chosen
    if (!(error instanceof RefusedError) || error.path !== "$.reason") throw error;
    await confirm(true);
  }
  return true;
}

/** @param {Box} box @param {Json} session @param {"suspend" | "resume"} event */
async function change(box, session, event) {
  await box.acts.changeTill(session.id, { event });
  await box.look();
}

/** @param {Box} box */
async function noSale(box) {
  const reason = await dialog(say("no_sale"), (close) => make("div", { class: "menu" },
    ["change", "check", "mistake"].map((each) => button(say(`drawer_${each}`), () => close(each)))));
  if (reason === undefined) return;
  const id = newId();
  const opening = await approved(box, ["no_sale"], (approval) => box.acts.openDrawer(reason, id, approval));
  if (opening) announce(say(opening.state === "opened" ? "drawer_opened" : "drawer_failed"), opening.state === "opened" ? "good" : "bad");
}

/** @param {Box} box @param {Json} session */
function moveMoney(box, session) {
  const id = newId();
  return dialog(say("move_money"), (close) => {
    const amount = make("input", { type: "text", inputmode: "decimal", required: true, autocomplete: "off" });
    const reason = make("input", { type: "text", maxlength: 64, required: true, autocomplete: "off" });
    const slip = make("input", { type: "text", maxlength: 64, autocomplete: "off" });
    const slipField = field(say("document"), slip);
    const show = (/** @type {string} */ kind) => {
      slipField.hidden = !["paid_out", "deposit"].includes(kind);
      slip.required = kind === "deposit";
      slipField.firstChild?.replaceWith(say(kind === "deposit" ? "bag" : "document"));
    };
    const kind = choice(say("which_way"), KINDS.map((each) => [each, say(`money_${each}`)]), "loan", show);
    show("loan");
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const moved = typedMoney(amount.value);
        if (!moved) return announce(say("no_amount"), "bad");
        return told(async () => {
          const way = /** @type {typeof KINDS[number]} */ (kind.get());
          const slipSays = slip.value.trim();
          const expense = way === "paid_out" && slipSays !== "";
          const done = await approved(box, way === "paid_out" ? ["paid_out"] : [], (approval) => box.acts.moveMoney(session.id, {
            kind: way, amount: moved, reason: expense ? "expense" : reason.value.trim(),
            ...(expense ? { document_ref: slipSays } : {}), ...(way === "deposit" ? { bag_id: slipSays } : {}),
            ...(approval ? { approval_id: approval } : {}),
          }, id));
          if (!done) return;
          await box.look();
          close();
          announce(say("moved"), "good");
        });
      },
    }, kind.element, field(say("amount"), amount), field(say("reason"), reason), slipField,
    make("button", { type: "submit", class: "main" }, say("ok")));
  });
}

/** Foreign cash that may lie in the drawer. @param {Box} box @param {Json} session @returns {Json[]} */
function foreignCash(box, session) {
  return box.shop.foreign_currencies.filter((/** @type {Json} */ each) => !session.expected
    || session.expected.some((/** @type {Json} */ one) => one.tender_type === "Cash" && one.currency === each.code));
}

/** Count, say why it differs, close, and make the Z. @param {Box} box @param {Json} session */
async function closeTill(box, session) {
  if (box.parked) {
    announce(say("parked_open"), "bad");
    return;
  }
  const counts = await dialog(say("count_and_close"), (close) => {
    const drawer = counting(box);
    const foreign = foreignCash(box, session).map((each) => ({
      code: each.code, digits: each.minor_digits, input: make("input", { type: "text", inputmode: "decimal", autocomplete: "off" }),
    }));
    const again = make("input", { type: "text", maxlength: 200, autocomplete: "off" });
    const why = field(say("why_again"), again);
    why.hidden = !session.counts.some((/** @type {Json} */ each) => each.kind === "settle");
    const settled = (/** @type {Json} */ said) => box.acts.countTill(session.id, {
      kind: "settle", blind: box.shop.blind_counts, ...said, ...(again.value.trim() ? { recount_reason: again.value.trim() } : {}),
    });
    return [make("p", {}, say("count_words")), drawer.element,
      ...foreign.map((each) => field(`${say("counted")} ${each.code}`, each.input)), why,
      button(say("counted_so"), async () => {
        const found = [await settled({ counted: drawer.counted(), ...drawer.body() })];
        for (const each of foreign) {
          const counted = Math.round((typedMoney(each.input.value) ?? 0) * 10 ** (each.digits - 2));
          found.push(await settled({ currency: each.code, counted }));
        }
        close(found);
      }, { class: "main" })];
  }, { wide: true });
  if (counts !== undefined) await settle(box, session, counts);
}

/** @param {Box} box @param {Json} session @param {Json[]} counts */
async function settle(box, session, counts) {
  const id = newId();
  const differs = counts.some((each) => each.difference !== 0);
  const written = (/** @type {Json} */ count, /** @type {number} */ amount) => (count.currency === box.shop.currency ? money(amount) : `${count.currency} ${amount / 100}`);
  const closed = await dialog(say("counted"), (close) => {
    const reason = make("input", { type: "text", maxlength: 200, autocomplete: "off", required: differs });
    return make("form", {
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        told(async () => {
          const done = await approved(box, ["close"], (approval) => box.acts.changeTill(session.id, {
            event: "close", ...(reason.value.trim() ? { reason: reason.value.trim() } : {}), ...(approval ? { approval_id: approval } : {}),
          }, id));
          if (done) close(done);
        });
      },
    }, ...counts.map((count) => make("dl", { class: "facts" },
      make("div", {}, make("dt", {}, say("should_be_there")), make("dd", {}, written(count, count.expected))),
      make("div", {}, make("dt", {}, say("counted")), make("dd", {}, written(count, count.counted))),
      make("div", { class: count.difference ? "bad" : "good" }, make("dt", {}, say("difference")), make("dd", {}, written(count, count.difference))))),
    differs ? field(say("why_differs"), reason) : null,
    make("div", { class: "buttons" }, make("button", { type: "submit", class: "main" }, say("close_till")),
      button(say("count_once_more"), () => close())));
  });
  await box.look();
  if (closed === undefined) return;
  announce(say("till_closed"), "good");
  if (box.till.payment_terminal) await told(() => box.acts.reconcile());
  await report(box, "Z");
}

/** Make an X or Z and show it. @param {Box} box @param {"X" | "Z"} kind */
async function report(box, kind) {
  const id = newId();
  const made = await approved(box, kind === "Z" ? ["close"] : [], (approval) => box.acts.makeReport({
    kind, print: box.till.pos_printer !== null, ...(approval ? { approval_id: approval } : {}),
  }, id));
  if (made) await showReport(box, made);
}

/** @param {Box} box */
async function reports(box) {
  const list = await box.reads.periodReports();
  const chosen = await dialog(say("reports"), (close) => (list.length
    ? make("ul", { class: "rows" }, list.map((each) => make("li", {}, button([
      make("span", { class: "what" }, title(each), make("span", { class: "quiet" }, moment(each.occurred_at))),
      make("span", { class: "amount" }, money(each.report.figures.total_cash_sales)),
    ], () => close(each), { class: "line" }))))
    : make("p", { class: "empty" }, say("no_reports"))));
  if (chosen) await showReport(box, chosen);
}

/** @param {Json} made */
const title = (made) => (made.report.kind === "Z" ? `Z ${made.report.z_number}` : "X");

/** @param {Box} box @param {Json} made */
function showReport(box, made) {
  const { figures } = made.report;
  const row = (/** @type {string} */ name, /** @type {string | number} */ value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  const tallies = (/** @type {Json} */ tally) => `${tally.count} · ${money(tally.amount)}`;
  return dialog(`${title(made)} · ${moment(made.occurred_at)}`, () => [
    made.paper && made.paper.state !== "printed" ? make("p", { class: "trouble care" }, say("report_not_printed")) : null,
    ...figures.unresolved_payments.map(() => make("p", { class: "trouble bad" }, say("report_unresolved"))),
    made.report.not_covered?.length ? make("p", { class: "trouble care" }, say("report_not_covered")) : null,
    ...figures.card_reconciliation.filter((/** @type {Json} */ each) => each.difference).map((/** @type {Json} */ each) => make("p", { class: "trouble bad" }, say("report_differs", { amount: money(each.difference) }))),
    make("dl", { class: "facts" },
      row(say("turnover"), money(figures.total_cash_sales)), row(say("receipts"), figures.receipt_count),
      row(say("returns"), tallies(figures.returns)), row(say("discounts"), tallies(figures.discounts)),
      row(say("voids"), tallies(figures.voided_transactions)), row(say("no_sales"), figures.drawer_open_no_sale_count)),
    make("h3", {}, say("tenders")),
    make("dl", { class: "facts" }, figures.payments.map((/** @type {Json} */ each) => row(say(`tender_type_${each.tender_type}`), tallies(each))),
      figures.rounding_total ? row(say("rounding"), money(figures.rounding_total)) : null),
    make("h3", {}, say("vat")),
    make("dl", { class: "facts" }, figures.sales_vat.map((/** @type {Json} */ each) => row(`${each.rate_bp / 100} %`, `${money(each.base)} + ${money(each.vat)}`))),
    figures.tender_differences.length || figures.card_reconciliation.length ? make("h3", {}, say("differences")) : null,
    make("dl", { class: "facts" },
      figures.tender_differences.map((/** @type {Json} */ each) => row(say(`tender_type_${each.tender_type}`), each.difference === null || each.difference === undefined ? say("not_counted") : money(each.difference))),
      figures.card_reconciliation.map((/** @type {Json} */ each) => row(`${say("terminal")} ${each.terminal_id}`, each.difference === null || each.difference === undefined ? say("not_reconciled") : money(each.difference)))),
    make("div", { class: "buttons" }, button(say("ok"), closeDialogs, { class: "main" }),
      box.till.pos_printer ? button(say("print_copy"), () => box.acts.copyReport(made.id)) : null),
  ], { wide: true });
}
