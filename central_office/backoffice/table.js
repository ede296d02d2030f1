// Tables: columns say how a row is written; on a telephone each row becomes a card.

import { make } from "/office/elements.js";
import { number, say } from "/office/words.js";

const SHOWN = 25;
/** Of a tile's figure, in signs: more are written smaller, so that none is cut off. */
const LONG = 11;
/** How many rows were asked for of each table of the page; it stays so when the page is made anew. @type {Map<string, number>} */
const wanted = new Map();
const UNFOLD = "unfold";
addEventListener("beforeprint", () => {
  // on paper nothing can be pressed
  for (const body of document.querySelectorAll("tbody")) body.dispatchEvent(new Event(UNFOLD));
});

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Row) => import("/office/elements.js").Children} show
 * @property {boolean} [figure] Written to the right, digits under digits.
 * @property {boolean} [lead] The row's heading.
 * @property {(rows: Row[]) => import("/office/elements.js").Children} [sum] The foot.
 */

/**
 * @template Row
 * @param {string} caption
 * @param {Column<Row>[]} columns
 * @param {Row[]} rows
 * @param {{ tone?: (row: Row) => string, empty?: string, whole?: boolean }} [how] `whole`: all rows at once.
 * @returns {HTMLElement}
 */
export function table(caption, columns, rows, how = {}) {
  if (!rows.length) return empty(how.empty || say("nothing_here"));
  const head = make(
    "thead",
    {},
    make(
      "tr",
      {},
      columns.map((column) => make("th", { scope: "col", class: column.figure && "figure" }, column.title)),
    ),
  );
  const key = `${location.hash} ${caption}`;
  const body = make("tbody");
  const rest = make("p", { class: "more" });
  const fill = (shown = how.whole ? rows.length : (wanted.get(key) ?? SHOWN)) => {
    const next = rows.slice(body.rows.length, shown);
    body.append(
      ...next.map((row) =>
        make(
          "tr",
          { class: how.tone?.(row) || null },
          columns.map((column) => cell(column, row)),
        ),
      ),
    );
    rest.hidden = shown >= rows.length;
  };
  rest.append(
    make(
      "button",
      {
        type: "button",
        onclick: () => {
          wanted.set(key, (wanted.get(key) ?? SHOWN) + 8 * SHOWN);
          fill();
        },
      },
      say("more_of", { count: number(rows.length) }),
    ),
  );
  fill();
  body.addEventListener(UNFOLD, () => fill(rows.length));
  const summed = columns.some((column) => column.sum) && rows.length > 1;
  const foot =
    summed &&
    make(
      "tfoot",
      {},
      make(
        "tr",
        {},
        columns.map((column, index) =>
          make(
            "td",
            { class: column.figure && "figure", "data-title": column.title },
            column.sum ? column.sum(rows) : index === 0 ? say("total") : "",
          ),
        ),
      ),
    );
  return make(
    "div",
    { class: "table" },
    make(
      "div",
      { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 },
      make("table", {}, make("caption", { class: "unseen" }, caption), head, body, foot),
    ),
    rest,
  );
}

/** @template Row @param {Column<Row>} column @param {Row} row */
function cell(column, row) {
  const attributes = { class: column.figure && "figure", "data-title": column.title };
  return column.lead
    ? make("th", { scope: "row", ...attributes }, column.show(row))
    : make("td", attributes, column.show(row));
}

/**
 * Where there is nothing: why, and what to do.
 * @param {string} text
 * @param {...import("/office/elements.js").Children} more
 */
export const empty = (text, ...more) => make("div", { class: "empty" }, make("p", {}, text), ...more);

/**
 * A part of a page with its heading.
 * @param {string} title
 * @param {import("/office/elements.js").Children} content
 * @param {{ words?: string, actions?: import("/office/elements.js").Children, kind?: string }} [how]
 */
export function section(title, content, { words = "", actions = null, kind = "" } = {}) {
  return make(
    "section",
    { class: `card ${kind}` },
    make("div", { class: "head" }, make("h2", {}, title), actions),
    words ? make("p", { class: "quiet" }, words) : null,
    content,
  );
}

/**
 * A large figure.
 * @param {import("/office/elements.js").Children} title @param {string} value
 * @param {{ note?: import("/office/elements.js").Children, href?: string, tone?: string }} [how]
 */
export function tile(title, value, { note = null, href = "", tone = "" } = {}) {
  const inside = [
    make("p", { class: "title" }, title),
    make("p", { class: value.length > LONG ? "value long" : "value" }, value),
    note ? make("p", { class: "note" }, note) : null,
  ];
  return href ? make("a", { class: `tile ${tone}`, href }, inside) : make("div", { class: `tile ${tone}` }, inside);
}

/** @param {string} text @param {string} tone `good`, `care` or `bad`. */
export const pill = (text, tone) => make("span", { class: `pill ${tone}` }, text);

/**
 * What leads somewhere; plain words where it leads nowhere.
 * @param {string} href @param {import("/office/elements.js").Children} content
 */
export const link = (href, content) => (href ? make("a", { href }, content) : make("span", {}, content));
