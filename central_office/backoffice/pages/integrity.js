// Completeness and integrity: every box's chain, what is missing, forks, and what boxes together should not have done.

import { dialog, make, button } from "/office/elements.js";
import { form } from "/office/forms.js";
import { ask, rows } from "/office/office.js";
import { to } from "/office/place.js";
import { may } from "/office/rights.js";
import { storeName } from "/office/stores.js";
import { empty, pill, section, table, tile } from "/office/table.js";
import { money, moment, number, quantity, say, term } from "/office/words.js";

const UNREAD = 1000;

/** @type {import("/office/pages.js").Show} */
export async function integrity(_query, _known, again) {
  const [{ stores, streams, edges, forks, quarantine }, found, unread] = await Promise.all([
    ask("GET", "/v1/completeness"),
    rows("findings", {}),
    rows("unread", {}, UNREAD),
  ]);
  if (!edges.length) return [empty(say("no_shops"), make("p", {}, say("no_shops_advice")))];
  const count = (/** @type {any[]} */ all, /** @type {string} */ name) => all.reduce((sum, row) => sum + row[name], 0);
  const waiting = forks.filter((/** @type {any} */ fork) => fork.decision === "waiting");
  const standing = found.filter((row) => row.amount > 0 || row.quantity_milli > 0);
  const [incomplete, alarms] = [count(stores, "incomplete"), count(stores, "alarms")];
  const complete = stores.map((/** @type {any} */ store) => store.complete_to).filter(Boolean);
  return [
    make(
      "div",
      { class: "tiles" },
      tile(say("complete_to"), complete.length ? moment(Math.min(...complete)) : "–", {
        note: say("complete_to_note"),
      }),
      tile(say("boxes_incomplete"), `${incomplete} / ${edges.length}`, {
        note: incomplete ? say("behind_words") : say("all_here"),
        tone: incomplete ? "care" : "",
      }),
      tile(say("chains_broken"), number(alarms), {
        note: alarms ? say("look_at_it") : say("chains_whole"),
        tone: alarms ? "bad" : "",
      }),
      tile(say("forks_waiting"), number(waiting.length), {
        note: waiting.length ? say("decide_words") : say("nothing_waits"),
        tone: waiting.length ? "bad" : "",
      }),
    ),
    forks.length
      ? section(say("forks"), forkTable(forks, again), {
          words: say("forks_words"),
          kind: waiting.length ? "trouble bad" : "",
        })
      : null,
    unread.length
      ? section(say("unread"), unreadTable(unread), { words: say("unread_words"), kind: "trouble bad" })
      : null,
    section(say("chains"), chainTable(streams), { words: say("chains_words") }),
    section(say("findings"), findingTable(found), {
      words: say("findings_words"),
      kind: standing.length ? "trouble care" : "",
    }),
    quarantine.length
      ? section(
          say("quarantine"),
          table(
            say("quarantine"),
            [
              { title: say("reason"), lead: true, show: (row) => term("quarantine", row.reason) },
              { title: say("entries"), figure: true, show: (row) => number(row.kept) },
              { title: say("times"), figure: true, show: (row) => number(row.times) },
            ],
            quarantine,
          ),
          { words: say("quarantine_words") },
        )
      : null,
  ];
}

/** @param {any[]} unread */
function unreadTable(unread) {
  return table(
    say("unread"),
    [
      { title: say("moment"), lead: true, show: (row) => moment(row.occurred_at) },
      { title: say("store"), show: (row) => storeName(row.store) },
      { title: say("box"), show: (row) => row.edge_id },
      { title: say("entries"), show: (row) => row.entry_type },
      { title: say("reason"), show: (row) => row.why },
    ],
    unread,
  );
}

/** @param {any[]} streams */
function chainTable(streams) {
  return table(
    say("chains"),
    [
      { title: say("box"), lead: true, show: (row) => row.edge_id },
      { title: say("store"), show: (row) => storeName(row.store) },
      { title: say("state"), show: (row) => chainState(row) },
      { title: say("complete_to"), show: (row) => moment(row.occurred_at) },
      { title: say("entries"), figure: true, show: (row) => number(row.up_to_seq) },
      { title: say("entries_behind"), figure: true, show: (row) => number(row.lag) },
      { title: say("hole"), show: (row) => (row.missing ? row.missing.map(number).join(" – ") : "–") },
    ],
    streams,
  );
}

/** @param {any} row */
function chainState(row) {
  if (row.forked_at !== null)
    return [pill(say("forked"), "bad"), " ", say("forked_at", { number: number(row.forked_at) })];
  if (row.link_alarm) return [pill(say("alarm"), "bad"), " ", row.link_alarm];
  if (row.state === "offline") return pill(say("away"), "bad");
  return row.state === "online" ? pill(say("there"), "good") : pill(say("unknown"), "off");
}

/** @param {any[]} forks @param {() => unknown} again */
function forkTable(forks, again) {
  return table(
    say("forks"),
    [
      { title: say("box"), lead: true, show: (row) => row.edge_id },
      { title: say("branch"), show: (row) => make("code", {}, row.branch) },
      {
        title: say("entries"),
        figure: true,
        show: (row) => `${number(row.entries)} (${number(row.first_seq)} – ${number(row.last_seq)})`,
      },
      { title: say("sales"), figure: true, show: (row) => number(row.sales) },
      {
        title: say("amount"),
        figure: true,
        show: (row) =>
          Object.entries(row.gross)
            .map(([currency, amount]) => money(Number(amount), currency))
            .join(", "),
      },
      {
        title: say("state"),
        show: (row) =>
          row.decision === "waiting"
            ? pill(say("waits"), "bad")
            : [pill(term("decision", row.decision), "good"), " ", `${row.by || ""}: ${row.reason || ""}`],
      },
      {
        title: say("act"),
        show: (row) =>
          may("decide") && row.decision === "waiting"
            ? button(say("decide"), () => decideDialog(row, again), {
                "aria-label": `${say("decide")}: ${row.edge_id} ${row.branch}`,
              })
            : "",
      },
    ],
    forks,
  );
}

/** @param {any} row @param {() => unknown} again */
function decideDialog(row, again) {
  dialog(say("decide_about", { box: row.edge_id }), (close) => {
    const reason = make("textarea", { required: true, maxlength: 500, rows: 3 });
    const choice = make(
      "select",
      { required: true },
      make("option", { value: "" }, say("choose")),
      make("option", { value: "accepted" }, say("accept_words")),
      make("option", { value: "rejected" }, say("reject_words")),
    );
    return form(
      close,
      again,
      say("decided"),
      () =>
        ask("POST", `/v1/forks/${[row.edge_id, row.epoch, row.branch].map(encodeURIComponent).join("/")}/decide`, {
          decision: choice.value,
          reason: reason.value.trim(),
        }),
      [
        make("p", {}, say("decide_facts", { entries: number(row.entries), sales: number(row.sales) })),
        make("label", { class: "field" }, say("decision"), choice),
        make("label", { class: "field" }, say("reason"), reason, make("small", {}, say("reason_words"))),
      ],
    );
  });
}

/** @param {any[]} found */
function findingTable(found) {
  return table(
    say("findings"),
    [
      { title: say("what"), lead: true, show: (row) => say(`finding_${row.kind}`) },
      {
        title: say("subject"),
        show: (row) => [
          make("code", {}, row.subject),
          " ",
          row.kind === "handed_out"
            ? JSON.parse(row.detail).map((/** @type {string} */ id) =>
                make("a", { href: to("receipts", { transaction: id, period: "year" }) }, say("receipt"), " "),
              )
            : make("span", { class: "quiet" }, row.detail),
        ],
      },
      {
        title: say("too_much"),
        figure: true,
        show: (row) =>
          row.amount
            ? money(row.amount, row.kind === "gift_card" ? row.detail : "EUR")
            : row.quantity_milli
              ? quantity(row.quantity_milli)
              : "",
      },
      {
        title: say("state"),
        show: (row) =>
          row.amount > 0 || row.quantity_milli > 0
            ? pill(say("stands"), "care")
            : pill(say("turned_out_right"), "good"),
      },
    ],
    found,
    { empty: say("no_findings") },
  );
}
