// Replenishment: what there is too little of, how much to order, what is ordered and what has come.

import { called, calledText } from "/office/articles.js";
import { dialog, make, button } from "/office/elements.js";
import { field, form, thousandths } from "/office/forms.js";
import { ask, newId, rows } from "/office/office.js";
import { to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { moment, number, quantity, say, term } from "/office/words.js";

/** @typedef {import("/office/place.js").Query} Query */

/** @type {Record<string, string>} */
const TONES = { Drafted: "care", Sent: "good", Received: "good", Cancelled: "off", Closed: "off", Unknown: "bad" };

/** @type {import("/office/pages.js").Show} */
export async function replenishment(query, _known, again) {
  const asked = { store: query.store };
  const [kept, orders] = await Promise.all([rows("replenishment", asked, 10000), rows("purchase-orders", asked, 5000)]);
  const short = kept.filter((row) => row.below_since !== null);
  const wanted = short.filter((row) => row.suggested_milli > 0);
  const under = orders.filter((row) => row.state === "Sent");
  return [
    make(
      "div",
      { class: "tiles" },
      tile(say("below_level"), number(short.length), {
        note: say("below_level_note"),
        tone: short.length ? "care" : "",
      }),
      tile(say("to_order"), number(wanted.length), { note: say("to_order_note") }),
      tile(say("drafts"), number(orders.filter((row) => row.state === "Drafted").length), { note: say("drafts_note") }),
      tile(say("on_order"), number(under.length), { note: say("on_order_note") }),
    ),
    groups(wanted).map((group) => suggestion(group, again)),
    wanted.length
      ? null
      : section(
          say("to_order"),
          empty(kept.length ? say("enough_of_all") : say("no_levels"), make("p", {}, say("levels_advice"))),
        ),
    section(say("orders"), orderTable(orders), { words: say("orders_words") }),
    kept.length ? section(say("levels"), levelTable(kept, again), { words: say("levels_words") }) : null,
  ];
}

/** What goes into one order: of one supplier for one place. @param {any[]} wanted @returns {any[][]} */
function groups(wanted) {
  /** @type {Map<string, any[]>} */
  const found = new Map();
  for (const row of wanted) {
    const key = JSON.stringify([row.location_id, row.supplier_id]);
    found.set(key, [...(found.get(key) || []), row]);
  }
  return [...found.values()];
}

/** @param {any[]} group @param {() => unknown} again */
function suggestion(group, again) {
  const [{ location_id, supplier_id }] = group;
  const draft = async () => {
    const order = newId();
    const lines = group.map((row) => ({
      item_id: row.item_id,
      quantity_milli: row.suggested_milli,
      uom: row.uom || "C62",
    }));
    await ask("PUT", `/v1/purchase-orders/${order}`, { location_id, supplier_id, lines });
    location.hash = to("order", { id: order });
    await again();
  };
  return section(
    `${supplier_id || say("no_supplier")} → ${storeName(location_id)}`,
    table(
      `${say("to_order")} ${location_id}`,
      [
        {
          title: say("article"),
          lead: true,
          show: (row) => make("a", { href: to("stock", { store: row.location_id, item: row.item_id }) }, called(row)),
        },
        {
          title: say("on_hand"),
          figure: true,
          show: (row) => make("span", { class: row.on_hand_milli < 0 ? "minus" : null }, quantity(row.on_hand_milli)),
        },
        { title: say("in_transit"), figure: true, show: (row) => quantity(row.in_transit_milli) },
        { title: say("on_order"), figure: true, show: (row) => quantity(row.on_order_milli) },
        { title: say("reorder_point"), figure: true, show: (row) => quantity(row.reorder_point_milli) },
        { title: say("suggested"), figure: true, show: (row) => make("strong", {}, quantity(row.suggested_milli)) },
      ],
      group,
    ),
    { actions: may("order") ? button(say("draft_order"), draft, { class: "main" }) : null },
  );
}

/** @param {any[]} orders */
function orderTable(orders) {
  return table(
    say("orders"),
    [
      {
        title: say("order"),
        lead: true,
        show: (row) =>
          make(
            "a",
            { href: to("order", { id: row.order_id }) },
            `${row.supplier_id || say("no_supplier")} · ${row.order_id.slice(-6)}`,
          ),
      },
      { title: say("place"), show: (row) => storeName(row.location_id) },
      {
        title: say("state"),
        show: (row) => [
          pill(term("order", row.state), TONES[row.state] || "off"),
          row.over_lines ? [" ", pill(say("over_delivered"), "care")] : null,
        ],
      },
      { title: say("open_lines"), figure: true, show: (row) => number(row.open_lines) },
      { title: say("drafted_at"), show: (row) => moment(row.drafted_at) },
      { title: say("sent_at"), show: (row) => moment(row.sent_at) },
    ],
    [...orders].reverse(),
    { empty: say("no_orders") },
  );
}

/** @param {any[]} kept @param {() => unknown} again */
function levelTable(kept, again) {
  return table(
    say("levels"),
    [
      {
        title: say("article"),
        lead: true,
        show: (row) => make("a", { href: to("stock", { store: row.location_id, item: row.item_id }) }, called(row)),
      },
      { title: say("place"), show: (row) => storeName(row.location_id) },
      { title: say("supplier"), show: (row) => row.supplier_id || "–" },
      { title: say("available"), figure: true, show: (row) => quantity(row.position_milli) },
      { title: say("reorder_point"), figure: true, show: (row) => quantity(row.reorder_point_milli) },
      { title: say("order_up_to"), figure: true, show: (row) => quantity(row.order_up_to_milli) },
      {
        title: say("state"),
        show: (row) => (row.below_since === null ? pill(say("enough"), "good") : pill(say("too_little"), "care")),
      },
      ...(may("order")
        ? [
            {
              title: say("act"),
              show: (/** @type {any} */ row) =>
                button(say("change"), () => levelDialog(row, again), {
                  "aria-label": `${say("change")}: ${calledText(row)}`,
                }),
            },
          ]
        : []),
    ],
    kept,
  );
}

/**
 * When an article is to be ordered, and up to how much.
 * @param {{ location_id: string, item_id: string, description?: string | null, reorder_point_milli?: number | null, order_up_to_milli?: number | null, supplier_id?: string | null }} row
 * @param {() => unknown} again
 */
export function levelDialog(row, again) {
  const written = (/** @type {number | null | undefined} */ milli) =>
    milli === null || milli === undefined ? "" : String(milli / 1000);
  dialog(say("levels_of", { item: calledText(row), place: storeName(row.location_id) }), (close) => {
    const decimal = { type: "text", inputmode: "decimal", pattern: "[0-9]+([.,][0-9]{1,3})?" };
    const point = make("input", { ...decimal, value: written(row.reorder_point_milli) });
    const level = make("input", { ...decimal, value: written(row.order_up_to_milli) });
    const supplier = make("input", { type: "text", maxlength: 35, value: row.supplier_id || "" });
    const place = [row.location_id, row.item_id].map(encodeURIComponent).join("/");
    return form(
      close,
      again,
      say("saved"),
      () =>
        ask("PUT", `/v1/reorder-levels/${place}`, {
          reorder_point_milli: thousandths(point.value),
          order_up_to_milli: thousandths(level.value),
          supplier_id: supplier.value.trim() || null,
        }),
      [
        field(say("reorder_point"), point, say("reorder_point_words")),
        field(say("order_up_to"), level, say("order_up_to_words")),
        field(say("supplier"), supplier),
      ],
    );
  });
}

/** @type {import("/office/pages.js").Show} */
export async function order(query, _known, again) {
  const found = await ask("GET", `/v1/purchase-orders/${encodeURIComponent(query.id || "")}`);
  const address = `/v1/purchase-orders/${found.order_id}`;
  const step = (/** @type {string} */ word) =>
    button(
      say(`order_${word}`),
      async () => {
        await ask("POST", `${address}/${word}`, {});
        await again();
      },
      { class: word === "send" ? "main" : word === "cancel" ? "risky" : "" },
    );
  const drafted = found.state === "Drafted";
  const actions = may("order")
    ? make(
        "div",
        { class: "buttons" },
        drafted ? button(say("edit"), () => linesDialog(found, again)) : null,
        drafted ? step("send") : null,
        ["Sent", "Received"].includes(found.state)
          ? button(say("goods_came"), () => deliveryDialog(found, again), { class: "main" })
          : null,
        found.state === "Sent" ? step("close") : null,
        ["Drafted", "Sent"].includes(found.state) ? step("cancel") : null,
      )
    : null;
  return [
    section(
      `${found.supplier_id || say("no_supplier")} → ${storeName(found.location_id)}`,
      [
        make(
          "dl",
          { class: "facts" },
          [
            [say("state"), pill(term("order", found.state), TONES[found.state] || "off")],
            [say("made_by"), found.by_operator],
            [say("drafted_at"), moment(found.drafted_at)],
            [say("sent_at"), moment(found.sent_at)],
            [say("order"), make("code", {}, found.order_id)],
          ].map(([title, value]) => make("div", {}, make("dt", {}, title), make("dd", {}, value))),
        ),
      ],
      { actions },
    ),
    section(
      say("goods"),
      table(
        say("goods"),
        [
          {
            title: say("article"),
            lead: true,
            show: (row) =>
              make("a", { href: to("stock", { store: found.location_id, item: row.item_id }) }, called(row)),
          },
          { title: say("ordered"), figure: true, show: (row) => quantity(row.ordered_milli) },
          { title: say("received"), figure: true, show: (row) => quantity(row.received_milli) },
          { title: say("state"), show: (row) => lineState(row, found.state) },
        ],
        found.lines,
      ),
    ),
  ];
}

/** @param {any} row @param {string} state */
function lineState(row, state) {
  if (row.received_milli > row.ordered_milli) return pill(say("over_delivered"), "care");
  if (row.received_milli === row.ordered_milli) return pill(say("all_came"), "good");
  return row.received_milli || state === "Closed" ? pill(say("came_short"), "care") : "";
}

/** @param {any} found @param {() => unknown} again */
function linesDialog(found, again) {
  goodsDialog(
    say("edit"),
    found.lines,
    (row) => row.ordered_milli,
    (lines) =>
      ask("PUT", `/v1/purchase-orders/${found.order_id}`, {
        location_id: found.location_id,
        supplier_id: found.supplier_id,
        lines,
      }),
    again,
  );
}

/** @param {any} found @param {() => unknown} again */
function deliveryDialog(found, again) {
  const id = newId();
  goodsDialog(
    say("goods_came"),
    found.lines,
    (row) => Math.max(0, row.ordered_milli - row.received_milli),
    (lines) => ask("PUT", `/v1/purchase-orders/${found.order_id}/deliveries/${id}`, { lines }),
    again,
  );
}

/** @param {string} title @param {any[]} rows @param {(row: any) => number} begin @param {(lines: any[]) => Promise<unknown>} act @param {() => unknown} again */
function goodsDialog(title, rows, begin, act, again) {
  dialog(title, (close) => {
    const inputs = rows.map((row) =>
      make("input", {
        type: "text",
        inputmode: "decimal",
        pattern: "[0-9]+([.,][0-9]{1,3})?",
        value: String(begin(row) / 1000),
      }),
    );
    return form(
      close,
      again,
      say("saved"),
      () =>
        act(
          rows
            .map((row, index) => ({
              item_id: row.item_id,
              uom: row.uom || "C62",
              quantity_milli: thousandths(inputs[index].value) ?? 0,
            }))
            .filter((line) => line.quantity_milli > 0),
        ),
      rows.map((row, index) => field(calledText(row), inputs[index])),
    );
  });
}
