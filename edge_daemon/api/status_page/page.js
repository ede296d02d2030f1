// The status page: asks the box, shows what it says, and asks again whenever something happens.

import { ask, listen, Refused, token, ulid } from "/status/box.js";
import { decideDialog, pairDialog, revokeDialog } from "/status/dialogs.js";
import { announce, button, make } from "/status/elements.js";
import * as sections from "/status/sections.js";
import { LANGUAGES, language, moment, say, speak } from "/status/words.js";

const REST_MS = 400; // many events at once are answered by one look
const LOOK_MS = 30000; // heat, room and lag change without an event
const main = document.getElementById("main");
const connection = document.getElementById("connection");
let line = new AbortController();
let seen = null;
let logsOpen = false;
let looking = null;
let again = false;
let timer = 0;

const can = (scope) => seen.caller.scopes.includes(scope);
const actions = {
  testPrint,
  openDrawer,
  decide: (payment) => decideDialog(payment, refresh),
  pair: () => pairDialog(refresh),
  revoke: (register) => revokeDialog(register, refresh),
};

/** Ask the box for everything that this token may see. */
async function look() {
  const caller = await ask("GET", "/v1/caller");
  const may = (scope, path, otherwise) => (caller.scopes.includes(scope) ? ask("GET", path) : otherwise);
  const [health, devices, payments, sales, tokens, logs] = await Promise.all([
    may("read", "/v1/health", null),
    may("read", "/v1/devices", { devices: [] }),
    may("read", "/v1/payments", { open: [], refunds_due: [] }),
    may("read", "/v1/sales?limit=10", { sales: [] }),
    may("admin", "/v1/tokens", { tokens: [] }),
    may("admin", "/v1/logs?limit=100", { lines: [] }),
  ]);
  seen = { caller, health, devices, payments, sales, tokens, logs };
}

/** Look, one look at a time, and show it. */
async function refresh() {
  if (looking) {
    again = true;
    return looking;
  }
  looking = (async () => {
    do {
      again = false;
      try {
        await look();
        show();
      } catch (error) {
        if (error instanceof Refused && error.status === 401) {
          leave(say("no_longer_paired"));
          return;
        }
        tellConnection(false);
      }
    } while (again);
  })();
  await looking;
  looking = null;
  clearTimeout(timer);
  if (seen) timer = setTimeout(refresh, LOOK_MS);
  return undefined;
}

function show() {
  const focused = place(document.activeElement);
  const { health } = seen;
  document.getElementById("box").textContent = health ? health.edge_id : "pos-edge";
  document.title = health ? `${health.findings.length ? `(${health.findings.length}) ` : ""}${health.edge_id}` : "pos-edge";
  main.replaceChildren(...[
    ...(health ? [
      sections.summary(health),
      sections.payments(seen.payments, can, actions),
      sections.todo(health.findings),
      sections.devices(seen.devices.devices, can, actions),
      sections.sales(seen.sales.sales),
      sections.books(health),
    ] : [make("p", { class: "card" }, say("may_not_read"))]),
    ...(can("admin") ? [
      sections.registers(seen.tokens.tokens, seen.caller.id, actions),
      sections.logs(seen.logs.lines, logsOpen, (open) => { logsOpen = open; }),
    ] : []),
    footer(),
  ].filter(Boolean));
  focused?.();
}

/** How to come back to what has the focus, once everything is made anew. */
function place(element) {
  const home = element?.closest?.("main section");
  if (!home) return null;
  const index = [...home.querySelectorAll("button, summary")].indexOf(element);
  return () => document.getElementById(home.id)?.querySelectorAll("button, summary")[index]?.focus();
}

function footer() {
  const { caller, health } = seen;
  return make("footer", {}, make("div", { class: "row" },
    make("p", {}, [say("paired_as", { name: caller.name }), health ? `pos-edge ${health.version}` : null]
      .filter(Boolean).join(" · ")),
    button(say("forget"), () => leave(say("forgotten")))));
}

async function testPrint(printer) {
  const document = [
    { type: "text", text: say("test_title"), alignment: "centre", bold: true, height: 2 },
    { type: "text", text: `${printer} · ${moment(Date.now() * 1000, true)}`, alignment: "centre" },
    { type: "text", text: say("test_words"), alignment: "centre" },
    { type: "feed", lines: 3 },
    { type: "cut" },
  ];
  await act(async () => {
    const job = await ask("PUT", `/v1/print-jobs/${ulid()}?wait=20`, { printer, document });
    return job.state === "printed" ? say("test_done") : say("test_failed", { problem: job.problem || job.state });
  });
}

async function openDrawer(drawer) {
  await act(async () => {
    const body = { drawer, reason: "status page" };
    const opening = await ask("PUT", `/v1/drawer-openings/${ulid()}?wait=10`, body);
    return opening.state === "opened" ? say("drawer_done") : say("drawer_failed", { problem: opening.problem || opening.state });
  });
}

async function act(work) {
  try {
    announce(await work());
  } catch (error) {
    announce(error.message);
  }
  await refresh();
}

function tellConnection(live) {
  connection.className = live ? "live" : "lost";
  const words = say(live ? "live" : "lost");
  if (connection.textContent !== words) connection.textContent = words;
}

/** Show the page and keep it up to date. */
async function enter() {
  line.abort();
  line = new AbortController();
  await refresh();
  if (!token.get()) return;
  let resting = 0;
  const heard = (type) => {
    if (type === "refused") refresh();
    clearTimeout(resting);
    resting = setTimeout(refresh, REST_MS);
  };
  listen(heard, (live) => {
    tellConnection(live);
    if (live) refresh();
  }, line.signal);
}

/** Forget the token and ask for a code. */
function leave(words) {
  line.abort();
  clearTimeout(timer);
  token.forget();
  seen = null;
  welcome("");
  announce(words);
}

/** Ask for a pairing code. */
function welcome(code) {
  document.title = "pos-edge";
  connection.textContent = "";
  const field = make("input", {
    type: "text", class: "big", value: code, maxlength: 12, autocomplete: "off", autocapitalize: "characters",
    spellcheck: "false", required: true, "aria-describedby": "welcome-words",
  });
  const name = make("input", { type: "text", maxlength: 64, value: say("default_name"), autocomplete: "off" });
  const id = ulid();
  const form = make("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      const go = form.querySelector("button");
      go.disabled = true;
      try {
        const body = { code: field.value, ...(name.value.trim() ? { name: name.value.trim() } : {}) };
        token.set((await ask("PUT", `/v1/pairings/${id}`, body)).token);
        await enter();
        main.focus();
      } catch (error) {
        announce(error.code === "wrong_code" ? say("wrong_code") : error.code === "too_many_requests" ? say("too_many_codes") : error.message);
        go.disabled = false;
        field.focus();
      }
    },
  },
  make("label", { class: "field" }, say("code"), field),
  make("label", { class: "field" }, say("device_name"), name),
  make("button", { type: "submit", class: "main" }, say("pair_this")));
  main.replaceChildren(make("section", { class: "welcome", "aria-labelledby": "welcome-title" },
    make("h2", { id: "welcome-title" }, say("welcome")),
    make("p", { id: "welcome-words" }, say(code ? "welcome_scanned" : "welcome_words")),
    form,
    make("p", { class: "quiet" }, say("welcome_first")),
    make("p", {}, make("code", {}, "sudo /opt/pos-edge/.venv/bin/edge-daemon pair --manager"))));
}

/** The code that a scanned slip has put behind the address; it does not stay there. */
function scannedCode() {
  const found = /^#pair=([0-9A-Za-z-]{1,16})$/.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return found ? found[1].toUpperCase().replace(/^(.{4})(.{4})$/, "$1-$2") : "";
}

function chooseLanguage() {
  document.getElementById("language-label").textContent = say("language");
  const select = document.getElementById("language");
  select.replaceChildren(...Object.entries(LANGUAGES).map(([key, name]) => make(
    "option", { value: key, lang: key, selected: key === language }, name)));
  select.onchange = async () => {
    await speak(select.value);
    chooseLanguage();
    if (seen) show();
    else welcome("");
    if (connection.textContent) tellConnection(connection.className === "live");
  };
}

async function start() {
  await speak();
  chooseLanguage();
  const code = scannedCode();
  if (token.get() && !code) await enter();
  else welcome(code);
}

addEventListener("hashchange", start);
await start();
