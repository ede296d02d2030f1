// The frame of all pages: who is signed in, where they are, what the office says meanwhile.

import { ask, listen, Refused } from "/office/office.js";
import { announce, button, make } from "/office/elements.js";
import { icon } from "/office/icons.js";
import { login, passwordDialog } from "/office/login.js";
import { GROUPS, PAGES, REST_MS } from "/office/pages.js";
import { filters } from "/office/filters.js";
import { may, setRights } from "/office/rights.js";
import { days, here, to } from "/office/place.js";
import { setStores, storeName } from "/office/stores.js";
import { empty, section } from "/office/table.js";
import { date, LANGUAGES, language, say, speak } from "/office/words.js";

/** @typedef {import("/office/pages.js").Page} Page */
/** @typedef {import("/office/pages.js").Known} Known */

/** Somebody has signed in here: only then is it worth asking who it is. */
const ENTERED = "back-office-entered";
const app = /** @type {HTMLElement} */ (document.getElementById("app"));
let line = new AbortController();
/** @type {Known | null} */
let known = null;
let round = 0;
let resting = 0;

/** Show what the address names, or ask who is there. */
async function start() {
  await speak();
  if (!localStorage.getItem(ENTERED)) {
    leave();
    return;
  }
  try {
    known = await meet();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) {
      app.replaceChildren(make("main", { class: "welcome" }, trouble(error, start)));
      return;
    }
    leave();
    return;
  }
  frame();
  if (may("live")) follow();
  await turn(true);
}

/** @returns {Promise<Known>} */
async function meet() {
  const caller = await ask("GET", "/v1/caller");
  setRights(caller.rights);
  setStores((await ask("GET", "/v1/stores")).stores);
  return { caller };
}

/** The pages that this person may see. */
const open = () => PAGES.filter((page) => may(page.right));

function frame() {
  const { caller } = /** @type {Known} */ (known);
  const menu = make(
    "button",
    {
      type: "button",
      class: "menu plain",
      "aria-expanded": "false",
      "aria-controls": "pages",
      "aria-label": say("menu"),
    },
    icon("menu"),
  );
  const pages = make(
    "nav",
    { id: "pages", "aria-label": say("pages") },
    Object.entries(GROUPS).map(([group, names]) => {
      const found = open().filter((page) => names.includes(page.name));
      return found.length
        ? make(
            "div",
            {},
            make("h2", {}, say(group)),
            make(
              "ul",
              {},
              found.map((page) =>
                make(
                  "li",
                  {},
                  make("a", { href: to(page.name), "data-page": page.name }, icon(page.name), say(`page_${page.name}`)),
                ),
              ),
            ),
          )
        : null;
    }),
  );
  const fold = (/** @type {boolean} */ opened) => {
    pages.classList.toggle("open", opened);
    menu.setAttribute("aria-expanded", String(opened));
  };
  menu.addEventListener("click", () => fold(!pages.classList.contains("open")));
  pages.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (event.target instanceof Element && event.target.closest("a")) fold(false);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") fold(false);
  });
  app.replaceChildren(
    make("a", { class: "skip", href: "#main", onclick: skip }, say("skip")),
    make(
      "header",
      { class: "bar" },
      menu,
      make("img", { src: "/office/icon.svg", alt: "", width: 36, height: 36 }),
      make(
        "div",
        { class: "names" },
        make("p", { class: "brand" }, caller.organization),
        make("p", { id: "connection", role: "status" }),
      ),
      make("label", { class: "language" }, make("span", { class: "unseen" }, say("language")), languages(start)),
      make(
        "button",
        {
          type: "button",
          class: "plain person",
          onclick: () => passwordDialog(caller, () => leave(say("password_changed"))),
        },
        make("span", {}, caller.name, make("br"), say(`role_${caller.role}`)),
        make("span", { class: "unseen" }, ` ${say("change_password")}`),
      ),
      button([icon("leave"), make("span", { class: "leave-words" }, say("sign_out"))], signOut, {
        class: "plain",
        "aria-label": say("sign_out"),
      }),
    ),
    make("div", { class: "frame" }, pages, make("main", { id: "main", tabindex: -1 })),
  );
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** @param {() => unknown} chosen */
export function languages(chosen) {
  const select = make(
    "select",
    {},
    Object.entries(LANGUAGES).map(([key, name]) =>
      make("option", { value: key, lang: key, selected: key === language }, name),
    ),
  );
  select.addEventListener("change", async () => {
    await speak(select.value);
    await chosen();
  });
  return select;
}

/**
 * Show the page that the address names.
 * @param {boolean} [arrived] Somebody came here; otherwise it is the same page again.
 */
async function turn(arrived = false) {
  const at = here();
  const page = open().find((each) => each.name === at.page) || (at.page ? null : open()[0]);
  const main = document.getElementById("main");
  if (!main || !known) return;
  const mine = ++round;
  if (arrived) {
    mark(page?.above || page?.name || "");
    document.title = page ? `${say(`page_${page.name}`)} · ${known.caller.organization}` : known.caller.organization;
    main.replaceChildren(
      ...head(page, at.query),
      make(
        "div",
        { id: "content", "aria-busy": "true" },
        page ? make("div", { class: "waiting-block" }) : empty(say("no_such_page")),
      ),
    );
  }
  if (!page) return;
  const found = await shown(page, at.query);
  const content = document.getElementById("content");
  if (mine !== round || !content) return;
  const focused = arrived ? null : place(document.activeElement);
  content.replaceChildren(...found);
  content.removeAttribute("aria-busy");
  focused?.();
}

/** @param {Page | null | undefined} page @param {Record<string, string>} query */
function head(page, query) {
  if (!page) return [];
  const span = days(query, page.period || "days7");
  const looked = [
    page.filters.includes("period") ? `${date(span.from)} – ${date(span.to)}` : "",
    query.store ? storeName(query.store) : say("all_stores"),
  ];
  return [
    page.filters.length ? make("p", { class: "printed" }, looked.filter(Boolean).join(" · ")) : "",
    make(
      "div",
      { class: "title-row" },
      make(
        "div",
        {},
        page.above
          ? make("p", { class: "back" }, make("a", { href: to(page.above) }, `← ${say(`page_${page.above}`)}`))
          : null,
        make("h1", {}, say(`page_${page.name}`)),
      ),
      page.filters.length ? filters(page, query) : null,
    ),
  ];
}

/** @param {Page} page @param {Record<string, string>} query @returns {Promise<Node[]>} */
async function shown(page, query) {
  try {
    return [await page.show(query, /** @type {Known} */ (known), () => turn())]
      .flat(2)
      .filter((each) => each instanceof Node);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      leave(say("session_ended"));
      return [];
    }
    return [trouble(error, () => turn(true))];
  }
}

/** @param {unknown} error @param {() => unknown} again */
function trouble(error, again) {
  const words = error instanceof Refused ? error.message : say("not_reachable");
  if (!(error instanceof Refused) && !(error instanceof TypeError)) throw error;
  return section(
    say("went_wrong"),
    [make("p", {}, words), make("p", { class: "more" }, button(say("try_again"), again))],
    { kind: "trouble bad" },
  );
}

/** @param {string} name */
function mark(name) {
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("data-page") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * How to come back to what has the focus, once everything is made anew.
 * @param {Element | null} element
 */
function place(element) {
  const content = element?.closest?.("#content");
  if (!content || !element) return null;
  const what = "a, button, summary, select, input, .scroll";
  const index = [...content.querySelectorAll(what)].indexOf(element);
  return () => {
    const again = document.getElementById("content")?.querySelectorAll(what)[index];
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  };
}

/** Look again where news touch what is shown, some of them at a time. */
function follow() {
  line.abort();
  line = new AbortController();
  listen(
    (/** @type {string} */ kind, /** @type {any} */ data) => {
      const page = open().find((each) => each.name === here().page) || open()[0];
      if (
        (kind !== "refused" && !touched(page, kind, data)) ||
        resting ||
        document.querySelector("dialog") ||
        editing()
      )
        return;
      resting = window.setTimeout(() => {
        resting = 0;
        turn();
      }, page.rest ?? REST_MS);
    },
    (/** @type {boolean} */ live) => {
      const connection = document.getElementById("connection");
      if (!connection) return;
      const again = connection.className === "lost" && live;
      connection.className = live ? "live" : "lost";
      connection.textContent = say(live ? "live" : "lost");
      if (again) turn();
    },
    line.signal,
  );
}

/**
 * Whether news touch what a page shows.
 * @param {Page} page @param {string} kind @param {any} data
 */
function touched(page, kind, data) {
  if (kind === "resync") return true;
  if (kind === "edge") return page.hears.includes("edge");
  const { store } = here().query;
  return (data.stores || []).some(
    (/** @type {any} */ news) =>
      (!store || news.store === store) &&
      (page.hears.includes("all") || news.entry_types.some((/** @type {string} */ type) => page.hears.includes(type))),
  );
}

/** Somebody is filling something in. */
const editing = () => Boolean(document.activeElement?.closest("#content form"));

async function enter() {
  localStorage.setItem(ENTERED, "1");
  await start();
}

async function signOut() {
  await ask("POST", "/v1/logout");
  leave(say("signed_out"));
}

/** @param {string} [words] */
function leave(words = "") {
  line.abort();
  round += 1;
  known = null;
  localStorage.removeItem(ENTERED);
  document.title = say("back_office");
  app.replaceChildren(login(enter, words));
}

addEventListener("hashchange", () => {
  if (!known || location.hash === "#main") return;
  scrollTo(0, 0);
  turn(true).then(() => document.getElementById("main")?.focus({ preventScroll: true }));
});
addEventListener("unhandledrejection", (event) => announce(String(event.reason?.message || event.reason)));
await start();
