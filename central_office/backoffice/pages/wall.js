// The live wall: each shop with its tills and boxes, as they are at this moment.

import { make } from "/office/elements.js";
import { ask } from "/office/office.js";
import { amounts, opener } from "/office/pages/figures.js";
import { period, to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, link, pill, tile } from "/office/table.js";
import { ago, date, moment, money, number, say, term } from "/office/words.js";

/** A clock that is wrong by so much dates sales to another day. */
const AHEAD_MS = 86400e3;
/** What each shop had sold when it was last shown: a shop that sells lights up. @type {Map<string, number>} */
const before = new Map();

/** @type {import("/office/pages.js").Show} */
export async function wall(query) {
  const { shops } = await ask("GET", `/v1/wall${query.store ? `?store=${encodeURIComponent(query.store)}` : ""}`);
  if (!shops.length) return [empty(say("no_shops"), make("p", {}, say("no_shops_advice")))];
  const { from: today } = period("today");
  return [
    tiles(shops, today),
    make(
      "div",
      { class: "stores" },
      shops.map((/** @type {any} */ shop) => card(shop, today)),
    ),
  ];
}

/** @param {any[]} shops @param {string} today */
function tiles(shops, today) {
  const sold = shops.filter((shop) => shop.business_day_date === today).flatMap((shop) => shop.sales);
  const boxes = shops.flatMap((shop) => shop.boxes.map((/** @type {any} */ box) => ({ ...box, store: shop.store })));
  const gone = boxes.filter((box) => box.state === "offline");
  const behind = boxes.reduce((sum, box) => sum + box.behind, 0);
  const tills = boxes.flatMap((box) => box.tills).filter((till) => till.open_session);
  return make(
    "div",
    { class: "tiles" },
    tile(
      say("today"),
      amounts(sold, "gross"),
      {
        note: say("sales_count", { count: number(sold.reduce((sum, row) => sum + row.sales, 0)) }),
        href: may("figures") ? to("revenue", { period: "today" }) : "",
      },
    ),
    tile(say("shops_open"), `${shops.filter((shop) => isOpen(shop, today)).length} / ${shops.length}`, {
      note: say("tills_open", { count: tills.length }),
    }),
    tile(say("boxes_away"), number(gone.length), {
      note: gone.length ? gone.map((box) => storeName(box.store)).join(", ") : say("all_there"),
      tone: gone.length ? "bad" : "",
    }),
    tile(say("entries_behind"), number(behind), {
      note: behind ? say("behind_words") : say("all_here"),
      tone: behind ? "care" : "",
    }),
  );
}

/**
 * Whether a shop is open: a shift is, or its day of today is not closed yet.
 * @param {any} shop @param {string} today
 */
const isOpen = (shop, today) =>
  (shop.business_day_date === today && !shop.is_closed) ||
  shop.boxes.some((/** @type {any} */ box) => box.tills.some((/** @type {any} */ till) => till.open_session));

/** @param {any} shop @param {string} today */
function card(shop, today) {
  const isToday = shop.business_day_date === today;
  const [tone, state] = standing(shop, today);
  const sold = isToday
    ? shop.sales.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + row.sales, 0)
    : 0;
  const fresh = before.has(shop.store) && before.get(shop.store) !== sold;
  before.set(shop.store, sold);
  const tills = shop.boxes.flatMap((/** @type {any} */ box) => box.tills);
  const takings = isToday
    ? shop.sales.map((/** @type {any} */ row) => money(row.gross, row.currency)).join(" + ")
    : "–";
  const open = opener("sales", {});
  return make(
    "section",
    { class: `card store ${tone}${fresh ? " fresh" : ""}`, "aria-label": storeName(shop.store) },
    make("div", { class: "row" }, make("h2", {}, storeName(shop.store)), pill(state, tone)),
    make("p", { class: "takings" }, link(isToday ? open({ store: shop.store, from: today, to: today }) : "", takings)),
    make("p", { class: "quiet" }, since(shop, isToday, sold)),
    tills.length ? make("ul", { class: "tills" }, tills.map(tillLine)) : null,
    shop.boxes.flatMap(troubles),
  );
}

/** @param {any} shop @param {boolean} isToday @param {number} sold */
function since(shop, isToday, sold) {
  if (isToday) return `${say("sales_count", { count: number(sold) })} ${say("today").toLowerCase()}`;
  return shop.business_day_date ? say("last_day", { day: date(shop.business_day_date) }) : say("never_sold");
}

/** @param {any} till */
function tillLine(till) {
  const last = till.last_sale;
  const receipt = last && may("receipts") ? to("receipt", { arrival: last.arrival, part: last.part }) : "";
  return make(
    "li",
    { class: "row" },
    make(
      "span",
      {},
      till.workstation_id,
      " ",
      till.open_session ? make("span", { class: "quiet" }, say("open")) : null,
    ),
    last
      ? make("span", {}, link(receipt, money(last.gross, last.currency)), ` · ${ago(last.occurred_at)}`)
      : make("span", { class: "quiet" }, say("never_sold")),
  );
}

/** How a shop is: alarm, away, open or closed. @param {any} shop @param {string} today @returns {[string, string]} */
function standing(shop, today) {
  const has = (/** @type {(box: any) => unknown} */ what) => shop.boxes.some(what);
  if (has((box) => box.needs_a_person)) return ["bad", say("alarm")];
  if (has((box) => box.state === "offline")) return ["bad", say("away")];
  const words = say(isOpen(shop, today) ? "open" : "closed");
  if (has((box) => box.behind || box.unresolved_payments || box.alarms.length)) return ["care", words];
  return isOpen(shop, today) ? ["good", words] : ["off", words];
}

/** What is wrong with a box, a line each. @param {any} box */
function troubles(box) {
  const found = [];
  if (box.needs_a_person)
    found.push(
      make(
        "p",
        { class: "alarm" },
        link(may("integrity") ? to("integrity") : "", say("box_alarm", { box: box.edge_id })),
      ),
    );
  if (box.complete_to / 1000 > Date.now() + AHEAD_MS)
    found.push(
      make("p", { class: "alarm" }, say("box_ahead", { box: box.edge_id, moment: moment(box.complete_to) })),
    );
  if (box.state === "offline")
    found.push(
      make(
        "p",
        { class: "alarm" },
        say("box_away", { box: box.edge_id, since: box.status_at === null ? "–" : ago(box.status_at) }),
      ),
    );
  if (box.unresolved_payments)
    found.push(
      make(
        "p",
        { class: "alarm" },
        link(may("figures") ? to("tenders") : "", say("box_doubts", { count: box.unresolved_payments })),
      ),
    );
  if (box.behind)
    found.push(make("p", { class: "quiet" }, say("box_behind", { box: box.edge_id, count: number(box.behind) })));
  for (const alarm of box.alarms)
    found.push(
      make("p", { class: "alarm" }, `${alarm.device_id}: ${term("device", alarm.state)} · ${ago(alarm.since)}`),
    );
  return found;
}
