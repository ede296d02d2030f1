// Stock: what lies where, what is on its way, what was sold that was not there; of an article why.

import { called } from "/office/articles.js";
import { steps } from "/office/charts.js";
import { button, make } from "/office/elements.js";
import { page, rows } from "/office/office.js";
import { scope, sums, total } from "/office/pages/figures.js";
import { levelDialog } from "/office/pages/replenishment.js";
import { days, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { moment, number, quantity, say, term } from "/office/words.js";

const SHOWN = 200;
const DAYS = "days30";
const MOVEMENTS = 5000;
const SOLD = /^(Sale|Return|Void)$/;

/** @type {import("/office/pages.js").Show} */
export async function stock(query, _known, again) {
  if (query.item) return article(query, again);
  const asked = { store: query.store };
  const wanted = { ...asked, find: query.find || null };
  const [lying, oversold, coming] = await Promise.all([
    rows("stock", wanted, 10000),
    rows("oversold", wanted, 1000),
    rows("in-transit", asked, 1000),
  ]);
  if (!lying.length && !query.find) return [empty(say("no_stock"), make("p", {}, say("no_stock_advice")))];
  const found = query.oversold ? oversold : lying;
  return [
    make(
      "div",
      { class: "tiles" },
      tile(say("articles"), number(new Set(lying.map((row) => row.item_id)).size), {
        note: say("places_count", { count: new Set(lying.map((row) => row.location_id)).size }),
        href: to("stock", { store: query.store }),
      }),
      tile(say("oversold"), number(oversold.length), {
        note: say("oversold_note"),
        href: to("stock", { store: query.store, oversold: 1 }),
        tone: oversold.length ? "bad" : "",
      }),
      tile(say("in_transit"), quantity(coming.reduce((sum, row) => sum + Math.max(0, row.quantity_milli), 0)), {
        note: say("in_transit_note"),
      }),
    ),
    section(query.oversold ? say("oversold") : say("page_stock"), [search(query), stockTable(found)], {
      words: found.length > SHOWN ? say("shown_of", { shown: SHOWN, count: number(found.length) }) : "",
    }),
    coming.length
      ? section(
          say("in_transit"),
          table(
            say("in_transit"),
            [
              { title: say("article"), lead: true, show: called },
              { title: say("from_place"), show: (row) => storeName(row.from_location_id) },
              { title: say("to_place"), show: (row) => storeName(row.location_id) },
              {
                title: say("quantity"),
                figure: true,
                show: (row) =>
                  row.quantity_milli < 0
                    ? [pill(say("more_arrived"), "care"), " ", quantity(row.quantity_milli)]
                    : quantity(row.quantity_milli),
              },
            ],
            coming,
          ),
        )
      : null,
  ];
}

/** @param {import("/office/place.js").Query} query */
function search(query) {
  const field = make("input", {
    type: "search",
    value: query.find || "",
    "aria-label": say("find_article"),
    placeholder: say("find_article"),
  });
  return make(
    "form",
    {
      class: "filters",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        location.hash = to("stock", { ...query, find: field.value.trim() });
      },
    },
    field,
    make("button", { type: "submit" }, say("find")),
  );
}

/** @param {any[]} found */
function stockTable(found) {
  return table(
    say("page_stock"),
    [
      {
        title: say("article"),
        lead: true,
        show: (row) => make("a", { href: to("stock", { store: row.location_id, item: row.item_id }) }, called(row)),
      },
      { title: say("place"), show: (row) => storeName(row.location_id) },
      {
        title: say("on_hand"),
        figure: true,
        show: (row) => make("span", { class: row.on_hand_milli < 0 ? "minus" : null }, quantity(row.on_hand_milli)),
      },
      {
        title: say("state"),
        show: (row) =>
          row.oversold_since !== null
            ? pill(say("oversold"), "bad")
            : row.oversold_times
              ? pill(say("oversold_times", { count: row.oversold_times }), "care")
              : "",
      },
      { title: say("counted_last"), show: (row) => (row.counted_at === null ? say("never") : moment(row.counted_at)) },
    ],
    found.slice(0, SHOWN),
    { empty: say("no_article") },
  );
}

/** @param {import("/office/place.js").Query} query @param {() => unknown} again */
async function article(query, again) {
  const asked = { ...scope(query, DAYS), store: query.store, item_id: query.item };
  const [[now], moved, counts] = await Promise.all([
    rows("stock", { store: query.store, item_id: query.item }),
    rows("movements", asked, MOVEMENTS),
    rows("counts", asked),
  ]);
  if (!now) return [back(query), empty(say("no_article"))];
  const [level] = await rows("replenishment", { store: query.store, item_id: query.item });
  const causes = sums(moved, (row) => row.cause, ["quantity_milli"]);
  return [
    make(
      "div",
      { class: "title-row" },
      back(query),
      may("order") ? button(say("set_levels"), () => levelDialog(level || now, again)) : null,
    ),
    make(
      "div",
      { class: "tiles" },
      tile(say("on_hand"), quantity(now.on_hand_milli), {
        note: [called(now), ` · ${storeName(now.location_id)}`].flat(),
        tone: now.on_hand_milli < 0 ? "bad" : "",
      }),
      ...causes.map((row) => tile(term("movement", row.key), quantity(row.quantity_milli, true))),
      turnTile(query, now, moved, counts),
    ),
    moved.length > 1 ? section(say("history"), course(now, moved, counts)) : null,
    section(
      say("movements"),
      table(
        say("movements"),
        [
          { title: say("moment"), lead: true, show: (row) => moment(row.occurred_at) },
          { title: say("cause"), show: (row) => term("movement", row.cause) },
          {
            title: say("quantity"),
            figure: true,
            show: (row) =>
              make("span", { class: row.quantity_milli < 0 ? "minus" : null }, quantity(row.quantity_milli, true)),
          },
          {
            title: say("document"),
            show: (row) =>
              /Sale|Return|Void/.test(row.cause) && may("receipts")
                ? make("a", { href: to("receipt", { arrival: row.arrival, part: row.part }) }, say("receipt"))
                : make("code", {}, row.document_id),
          },
        ],
        [...moved].reverse().slice(0, SHOWN),
        { empty: say("no_movements") },
      ),
      { words: moved.length > SHOWN ? say("shown_of", { shown: SHOWN, count: number(moved.length) }) : "" },
    ),
    section(
      say("counts"),
      table(
        say("counts"),
        [
          { title: say("moment"), lead: true, show: (row) => moment(row.occurred_at) },
          { title: say("counted"), figure: true, show: (row) => quantity(row.counted_milli) },
          { title: say("book"), figure: true, show: (row) => quantity(row.book_milli) },
          {
            title: say("variance"),
            figure: true,
            show: (row) =>
              make(
                "span",
                { class: row.counted_milli < row.book_milli ? "minus" : null },
                quantity(row.counted_milli - row.book_milli, true),
              ),
          },
        ],
        counts,
        { empty: say("no_stock_counts") },
      ),
    ),
  ];
}

/** @param {import("/office/place.js").Query} query */
const back = (query) =>
  make("p", {}, make("a", { href: to("stock", { store: query.store }) }, `← ${say("all_articles")}`));

/**
 * How much lay there: reckoned back from what lies there now; a count sets it.
 * @param {any} now @param {any[]} moved @param {any[]} counts
 */
function course(now, moved, counts) {
  const { changes } = levels(now, moved, counts);
  return steps(
    say("history"),
    changes.map((each) => each.at),
    [{ label: say("on_hand"), values: changes.map((each) => each.level / 1000) }],
    (value) => number(Math.round(value)),
  );
}

/**
 * How much lay there before all changes, and after each of them, the oldest first.
 * @param {any} now @param {any[]} moved @param {any[]} counts
 */
function levels(now, moved, counts) {
  const changes = [
    ...moved.map((row) => ({ at: row.occurred_at, by: row.quantity_milli, level: 0 })),
    ...counts.map((row) => ({ at: row.occurred_at, by: row.counted_milli - row.book_milli, level: 0 })),
  ].sort((one, other) => one.at - other.at);
  let level = now.on_hand_milli;
  for (const change of [...changes].reverse()) {
    change.level = level;
    level -= change.by;
  }
  return { changes, before: level };
}

/**
 * How often the average stock was sold, in pieces; what was oversold lay there as nothing.
 * @param {import("/office/place.js").Query} query @param {any} now @param {any[]} moved @param {any[]} counts
 */
function turnTile(query, now, moved, counts) {
  const { from } = days(query, DAYS);
  if (query.to || moved.length >= MOVEMENTS) return null; // then it is not known what lay there
  const { changes, before } = levels(now, moved, counts);
  const begun = Date.parse(`${from}T00:00:00`) * 1000;
  let [at, level, lay] = [begun, before, 0];
  for (const next of [...changes, { at: Date.now() * 1000, level: 0 }]) {
    lay += Math.max(0, level) * (next.at - at);
    ({ at, level } = next);
  }
  const average = lay / (at - begun);
  const sold = -total(
    moved.filter((row) => SOLD.test(row.cause)),
    "quantity_milli",
  );
  return average > 0 && sold > 0
    ? tile(say("stock_turn"), number(Math.round((10 * sold) / average) / 10), { note: say("stock_turn_note") })
    : null;
}
