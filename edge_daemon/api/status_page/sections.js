// The page's sections: what the box says, as elements. Nothing is asked here.

import { button, make } from "/status/elements.js";
import { celsius, day, knows, moment, money, number, say, size } from "/status/words.js";

const LOW_LAG = 50;
const TONES = { good: "good", care: "care", bad: "bad" };

const section = (id, title, ...content) => make(
  "section", { id, "aria-labelledby": `${id}-title` },
  make("div", { class: "head" }, make("h2", { id: `${id}-title` }, title), content.shift() || null),
  ...content,
);
const pill = (tone, text) => make("span", { class: `pill ${TONES[tone]}` }, text);
const fact = (name, value) => (value === null ? null : make("div", {}, make("dt", {}, name), make("dd", {}, value)));

/** One line that says how all of it is. */
export function summary(health) {
  const urgent = health.status === "failed"
    || health.findings.some((each) => ["payment_in_doubt", "refund_due", "disk_full"].includes(each.code));
  const [tone, sign] = health.status === "ok" ? ["good", "✓"] : urgent ? ["bad", "!"] : ["care", "!"];
  const count = health.findings.length;
  const words = health.status === "ok" ? say("summary_ok")
    : health.status === "failed" ? say("summary_failed")
      : count === 1 ? say("summary_one") : say("summary_many", { count: number(count) });
  return make("div", { class: `card summary ${tone}` },
    make("span", { class: "sign", "aria-hidden": "true" }, sign),
    make("div", {}, make("h2", {}, words),
      make("p", { class: "quiet" }, say("summary_since", { moment: moment(health.started_us) }))));
}

/** What needs a hand, and what to do; what devices and payments say stands with them. */
export function todo(findings) {
  const own = findings.filter((each) => !["device", "payment_in_doubt", "refund_due"].includes(each.code));
  if (own.length === 0) return null;
  return section("todo", say("todo"), null, make("ul", { class: "rows" }, own.map((each) => {
    const known = knows(`finding_${each.code}`);
    return make("li", {},
      make("h3", { class: "tone care" }, known ? say(`finding_${each.code}`, { subject: each.subject }) : each.message),
      known ? make("p", { class: "advice" }, say(`advice_${each.code}`)) : null,
      known ? make("p", { class: "quiet", lang: "en" }, each.message) : null);
  })));
}

/** Each device, how it is, and what to do about it. */
export function devices(list, can, act) {
  const cards = list.map((device) => {
    const [tone, words, advice] = condition(device);
    const buttons = [
      can("print") && device.family === "pos_printer"
        ? button(say("test_print"), () => act.testPrint(device.name)) : null,
      can("drawer") && device.family === "cash_drawer"
        ? button(say("open_drawer"), () => act.openDrawer(device.name)) : null,
    ].filter(Boolean);
    return make("li", { class: "device" },
      make("div", { class: "row" },
        make("div", {}, make("h3", {}, device.name),
          make("p", { class: "quiet" }, say(`family_${device.family}`))),
        pill(tone, words)),
      advice ? make("p", { class: "advice" }, advice) : null,
      device.reason && !(advice && tone === "care")
        ? make("p", { class: "quiet", lang: "en" }, device.reason) : null,
      device.state === "online" ? null
        : make("p", { class: "quiet" }, say("since", { moment: moment(device.since_us) })),
      buttons.length ? make("div", { class: "buttons" }, buttons) : null);
  });
  return section("devices", say("devices"), null, cards.length
    ? make("ul", { class: "devices" }, cards) : make("p", { class: "quiet" }, say("no_devices")));
}

/** A device's state in our words: tone, state, and what to do. */
function condition(device) {
  const detail = device.detail || {};
  if (device.state === "stuck") return ["bad", say("state_stuck"), say("advice_stuck")];
  if (device.state === "offline") {
    return ["bad", say("state_offline"), say(`advice_offline_${device.family}`)];
  }
  if (device.state === "opening") return ["care", say("state_opening"), null];
  if (detail.cover_open) return ["care", say("state_cover_open"), say("advice_cover_open")];
  if (detail.rec_empty) return ["care", say("state_paper_out"), say("advice_paper_out")];
  if (detail.rec_near_end) return ["care", say("state_paper_low"), say("advice_paper_low")];
  if (device.reason) return ["care", say("state_attention"), null];
  if (detail.drawer_opened) return ["good", say("state_drawer_open"), null];
  return ["good", say("state_online"), null];
}

/** Card payments that need a person: their end is not known, or money has to go back. */
export function payments(list, can, act) {
  const doubts = list.open.filter((each) => each.approved === null || each.approved === undefined);
  const rows = [
    ...doubts.map((each) => [each, say(each.needs_person ? "payment_review" : each.needs_signature ? "payment_signature" : each.state === "IN_DOUBT" ? "payment_doubt" : "payment_running"), each.needs_person]),
    ...list.refunds_due.map((each) => [each, say("payment_refund"), false]),
  ];
  if (rows.length === 0) return null;
  return section("payments", say("payments"), null, make("ul", { class: "rows" },
    rows.map(([payment, words, decide]) => make("li", {}, make("div", { class: "row" },
      make("div", { class: "what" },
        make("h3", {}, `${money(payment.amount, payment.currency)} · ${payment.terminal}`),
        make("p", { class: "advice" }, words),
        payment.message ? make("p", { class: "quiet", lang: "en" }, payment.message) : null,
        make("p", { class: "quiet" }, make("code", {}, payment.id))),
      decide && can("pay") ? button(say("decide"), () => act.decide(payment), { class: "main" }) : null)))));
}

/** The last sales. */
export function sales(list) {
  const head = [["when", ""], ["receipt", ""], ["till", ""], ["amount", "money"], ["state", ""]];
  const body = list.map((sale) => make("tr", {},
    make("td", { class: "when" }, sale.occurred_at ? moment(sale.occurred_at) : "–"),
    make("td", { class: "number" }, sale.sequence_number ? `${say("receipt_short")} ${sale.sequence_number}` : "–"),
    make("td", { class: "till" }, sale.workstation || "–"),
    make("td", { class: "money" }, sale.currency ? money(sale.total, sale.currency) : "–"),
    make("td", { class: "state" }, saleState(sale))));
  return section("sales", say("sales"), null, list.length
    ? make("table", { class: "sales" },
      make("thead", {}, make("tr", {}, head.map(([key, kind]) => make("th", { scope: "col", class: kind || null }, say(`column_${key}`))))),
      make("tbody", {}, body))
    : make("p", { class: "quiet" }, say("no_sales")));
}

function saleState(sale) {
  const paper = sale.receipt && !["printed", "queued", "printing"].includes(sale.receipt.state);
  const tone = sale.state === "completed" && !paper ? "good" : sale.state === "cancelled" ? "care" : "care";
  const parts = [pill(tone, say(`sale_${sale.state}`))];
  if (paper) parts.push(" ", pill("care", say(`receipt_${sale.receipt.state}`)));
  if (sale.training) parts.push(" ", pill("care", say("training")));
  return parts;
}

/** The journal, the way to the office, the machine. */
export function books(health) {
  const { relay, machine } = health;
  const lag = relay ? relay.lag : 0;
  const office = relay === null || relay === undefined ? say("relay_none")
    : [pill(relay.connected ? "good" : "care", say(relay.connected ? "relay_connected" : "relay_away")),
      make("div", { class: "quiet" }, relay.broker)];
  const power = !machine || machine.under_voltage === null || machine.under_voltage === undefined ? null
    : say(machine.under_voltage ? "power_weak" : machine.under_voltage_since_boot ? "power_was_weak" : "power_good");
  return section("books", say("books"), null, make("dl", { class: "facts" },
    fact(say("fact_office"), office),
    relay ? fact(say("fact_lag"), lag === 0 ? say("lag_none")
      : [pill(lag > LOW_LAG ? "care" : "good", say("lag_some", { count: number(lag) }))]) : null,
    relay && relay.last_ack_at ? fact(say("fact_last_ack"), moment(relay.last_ack_at)) : null,
    fact(say("fact_entries"), number(Number(health.journal.position.split(".")[1] || 0))),
    fact(say("fact_journal_size"), size(health.journal.database_bytes)),
    machine ? fact(say("fact_disk"), say("disk_free", { free: size(machine.disk_free), size: size(machine.disk_size) })) : null,
    !machine || machine.temperature === null || machine.temperature === undefined ? null
      : fact(say("fact_temperature"), celsius(machine.temperature)),
    power === null ? null : fact(say("fact_power"), power),
    fact(say("fact_clock"), say(`clock_${health.clock_state}`)),
    health.certificate_ends_us ? fact(say("fact_certificate"), day(health.certificate_ends_us)) : null));
}

/** Who is paired; only for who may pair. */
export function registers(list, mine, act) {
  const live = list.filter((each) => !each.revoked_at);
  return section("registers", say("registers"), button(say("pair"), act.pair, { class: "main" }),
    live.length ? make("ul", { class: "rows" }, live.map((each) => make("li", {}, make("div", { class: "row" },
      make("div", { class: "what" },
        make("h3", {}, each.name, each.id === mine ? ` (${say("this_device")})` : ""),
        make("p", { class: "quiet" }, [
          say("paired_on", { day: day(each.created_at) }),
          each.workstation || say("any_till"),
          each.scopes.map((scope) => say(`scope_${scope}`)).join(", "),
          each.expires_at ? say("expires_on", { day: day(each.expires_at) }) : null,
        ].filter(Boolean).join(" · "))),
      button(say("revoke"), () => act.revoke(each), { class: "risky", "aria-label": say("revoke_name", { name: each.name }) })))))
      : make("p", { class: "quiet" }, say("no_registers")));
}

/** The last lines of the log, folded away. */
export function logs(lines, open, toggled) {
  const list = make("ul", { class: "log" }, lines.map((line) => make("li", {},
    make("span", { class: "quiet" }, `${moment(line.at_us, true)} `),
    ["error", "critical"].includes(line.level) ? pill("bad", line.level) : line.level === "warning" ? pill("care", line.level) : "",
    " ", make("code", { lang: "en" }, line.text))));
  const details = make("details", { open, ontoggle: (event) => toggled(event.target.open) },
    make("summary", {}, make("h2", { id: "logs-title" }, say("logs"))),
    lines.length ? list : make("p", { class: "quiet" }, say("no_logs")));
  return make("section", { id: "logs", "aria-labelledby": "logs-title" }, details);
}
