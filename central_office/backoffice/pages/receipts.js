// Receipts: found by what is known of them, and each as it was printed.

import { announce, button, dialog, make } from "/office/elements.js";
import { field, form } from "/office/forms.js";
import { ask } from "/office/office.js";
import { receiptLink } from "/office/pages/behind.js";
import { days, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table } from "/office/table.js";
import { date, money, printedMoment, say, term } from "/office/words.js";

const LIMIT = 50;
/** What of the address is asked of the office, by its names there. */
const ASKED = {
  store: "store",
  number: "sequence_number",
  card: "card_digits",
  customer: "customer_ref",
  transaction: "transaction_id",
  lowest: "lowest",
  highest: "highest",
};
/** What led here; shown as chips that can be taken away. */
const CHIPS = ["transaction"];

/** @typedef {import("/office/place.js").Query} Query */

/** @type {import("/office/pages.js").Show} */
export async function receipts(query) {
  const found = await search(query, "");
  return [
    section(say("find_receipt"), [searchForm(query), chips(query)]),
    section(say("receipts"), list(query, found)),
  ];
}

/** @param {Query} query @param {string} after @returns {Promise<{ rows: any[], cursor: string | null }>} */
function search(query, after) {
  const { from, to: until } = days(query, "days7");
  const named = Object.entries(ASKED)
    .filter(([mine]) => query[mine])
    .map(([mine, theirs]) => [theirs, query[mine]]);
  const more = [
    ["newest_first", "true"],
    ["first_day", from],
    ["last_day", until],
    ["limit", String(LIMIT)],
    ...(after ? [["after", after]] : []),
  ];
  return ask("GET", `/v1/receipts?${new URLSearchParams([...named, ...more])}`);
}

/** @param {Query} query */
function searchForm(query) {
  const cents = (/** @type {string} */ text) => (text ? String(Math.round(Number(text.replace(",", ".")) * 100)) : "");
  const units = (/** @type {string | undefined} */ text) => (text ? (Number(text) / 100).toFixed(2) : "");
  const input = (/** @type {string} */ name, /** @type {string} */ value, /** @type {any} */ more = {}) =>
    make("label", {}, say(`receipt_${name}`), make("input", { name, value, size: 10, autocomplete: "off", ...more }));
  return make(
    "form",
    {
      class: "filters",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
        const text = (/** @type {string} */ name) => String(data.get(name) || "").trim();
        location.hash = to("receipts", {
          ...query,
          number: text("number"),
          card: text("card"),
          customer: text("customer"),
          lowest: cents(text("lowest")),
          highest: cents(text("highest")),
        });
      },
    },
    input("number", query.number || "", { inputmode: "numeric", pattern: "[0-9]*" }),
    input("lowest", units(query.lowest), { inputmode: "decimal", pattern: "-?[0-9]+([.,][0-9]{1,2})?" }),
    input("highest", units(query.highest), { inputmode: "decimal", pattern: "-?[0-9]+([.,][0-9]{1,2})?" }),
    input("card", query.card || "", { inputmode: "numeric", pattern: "[0-9]{4}", maxlength: 4 }),
    may("customers") ? input("customer", query.customer || "") : null,
    make("button", { type: "submit", class: "main" }, say("find")),
    make("a", { class: "button", href: to("receipts") }, say("clear")),
  );
}

/** @param {Query} query */
function chips(query) {
  const chosen = CHIPS.filter((name) => query[name]);
  if (!chosen.length) return null;
  return make(
    "ul",
    { class: "chips", "aria-label": say("only_with") },
    chosen.map((name) =>
      make(
        "li",
        {},
        make(
          "a",
          {
            class: "button",
            href: to("receipts", { ...query, [name]: "" }),
            "aria-label": say("take_away", { what: chip(name, query[name]) }),
          },
          chip(name, query[name]),
          " ✕",
        ),
      ),
    ),
  );
}

/** @param {string} name @param {string} value */
function chip(name, value) {
  return `${say(`chip_${name}`)}: ${value}`;
}

/** @param {Query} query @param {{ rows: any[], cursor: string | null }} found */
function list(query, found) {
  const rows = [...found.rows];
  const place = make("div", {});
  const draw = (/** @type {string | null} */ cursor) => {
    place.replaceChildren(
      receiptTable(rows),
      ...(cursor
        ? [
            make(
              "p",
              { class: "more" },
              make(
                "button",
                {
                  type: "button",
                  onclick: async () => {
                    try {
                      const more = await search(query, cursor);
                      rows.push(...more.rows);
                      draw(more.cursor);
                    } catch (error) {
                      announce(error instanceof Error ? error.message : String(error));
                    }
                  },
                },
                say("more"),
              ),
            ),
          ]
        : []),
    );
  };
  draw(found.cursor);
  return rows.length ? place : empty(say("no_receipts"), make("p", {}, say("no_receipts_advice")));
}

/** @param {any[]} rows */
function receiptTable(rows) {
  return table(
    say("receipts"),
    [
      { title: say("receipt"), lead: true, show: (row) => receiptLink(row) },
      { title: say("moment"), show: (row) => printedMoment(row) },
      { title: say("day"), show: (row) => date(row.business_day_date) },
      { title: say("store"), show: (row) => storeName(row.store) },
      { title: say("kind"), show: (row) => kind(row) },
      { title: say("receipt_card"), show: (row) => (row.card_digits ? `•••• ${row.card_digits}` : "") },
      {
        title: say("amount"),
        figure: true,
        show: (row) => make("span", { class: row.gross < 0 ? "minus" : null }, money(row.gross, row.currency)),
      },
    ],
    rows,
    { whole: true },
  );
}

/** @param {any} row */
function kind(row) {
  if (row.status === "PostVoided") return pill(term("status", row.status), "care");
  if (row.status === "Cancelled") return pill(term("status", row.status), "off");
  return row.transaction_type === "Return"
    ? pill(term("type", row.transaction_type), "care")
    : term("type", row.transaction_type);
}

/** @type {import("/office/pages.js").Show} */
export async function receipt(query, _known, again) {
  const address = `/v1/receipts/${encodeURIComponent(query.arrival)}/${encodeURIComponent(query.part || "0")}`;
  const [{ receipt: row, entry }, text] = await Promise.all([ask("GET", address), ask("GET", `${address}/text`)]);
  return [
    make(
      "div",
      { class: "pair" },
      section(
        say("as_printed"),
        make(
          "div",
          { class: "paper" },
          make("pre", { tabindex: 0, role: "region", "aria-label": say("as_printed") }, text),
        ),
        { actions: make("button", { type: "button", onclick: () => print() }, say("print")) },
      ),
      make(
        "div",
        { class: "stack" },
        section(
          say("about_receipt"),
          make(
            "dl",
            { class: "facts" },
            facts(row).map(([title, value]) => make("div", {}, make("dt", {}, title), make("dd", {}, value))),
          ),
          {
            actions:
              row.customer_ref && may("erase")
                ? button(say("erase_customer"), () => eraseDialog(row.customer_ref, again), { class: "risky" })
                : null,
          },
        ),
        section(
          say("as_written"),
          make(
            "details",
            {},
            make("summary", {}, say("show_entry")),
            make(
              "pre",
              { class: "entry", tabindex: 0, role: "region", "aria-label": say("as_written") },
              JSON.stringify(entry, null, 2),
            ),
          ),
          { words: say("as_written_words") },
        ),
      ),
    ),
  ];
}

/** @param {any} row @returns {[string, import("/office/elements.js").Children][]} */
function facts(row) {
  return [
    [say("amount"), money(row.gross, row.currency)],
    [say("kind"), kind(row)],
    [say("day"), date(row.business_day_date)],
    [say("moment"), printedMoment(row, true)],
    [say("store"), storeName(row.store)],
    [say("till"), row.workstation_id],
    [say("cashier"), row.operator_id || "–"],
    [say("receipt_number"), row.sequence_number === null ? "–" : String(row.sequence_number)],
    [say("receipt_card"), row.card_digits ? `•••• ${row.card_digits}` : "–"],
    [say("receipt_customer"), row.customer_ref || "–"],
    [say("transaction"), make("code", {}, row.transaction_id)],
  ];
}

/** @param {string} customer @param {() => unknown} again */
function eraseDialog(customer, again) {
  dialog(say("erase_customer"), (close) => {
    const reason = make("input", { type: "text", required: true, maxlength: 200 });
    return form(
      close,
      again,
      say("customer_erased"),
      () => ask("POST", "/v1/customers/erase", { customer_ref: customer, reason: reason.value.trim() }),
      [make("p", {}, say("erase_words")), field(say("reason"), reason, say("erase_reason"))],
      say("erase_customer"),
    );
  });
}
