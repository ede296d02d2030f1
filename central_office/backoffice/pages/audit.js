// Who looked what up: receipts, hours, customers, decisions.

import { make } from "/office/elements.js";
import { ask } from "/office/office.js";
import { section, table } from "/office/table.js";
import { to } from "/office/place.js";
import { moment, say, term } from "/office/words.js";

const LIMIT = 1000;

/** @type {import("/office/pages.js").Show} */
export async function audit(query) {
  const found = await all(query.who || "");
  const people = [...new Set(found.map((row) => row.who))].sort();
  const choose = make(
    "select",
    {},
    make("option", { value: "" }, say("everybody")),
    [...new Set([...people, ...(query.who ? [query.who] : [])])].map((name) =>
      make("option", { value: name, selected: name === query.who }, name),
    ),
  );
  choose.addEventListener("change", () => {
    location.hash = to("audit", { who: choose.value });
  });
  return [
    section(
      say("page_audit"),
      [
        make("p", { class: "filters" }, make("label", {}, say("user_name"), choose)),
        table(
          say("page_audit"),
          [
            { title: say("moment"), lead: true, show: (row) => moment(row.at, true) },
            { title: say("user_name"), show: (row) => row.who },
            { title: say("what"), show: (row) => term("lookup", row.what) },
            { title: say("subject"), show: (row) => make("code", {}, row.subject) },
          ],
          [...found].reverse(),
          { empty: say("no_lookups") },
        ),
      ],
      { words: say("audit_words") },
    ),
  ];
}

/** The log, its last entries. @param {string} who @returns {Promise<any[]>} */
async function all(who) {
  /** @type {any[]} */
  let found = [];
  let after = "";
  do {
    const search = new URLSearchParams([
      ["limit", String(LIMIT)],
      ...(who ? [["who", who]] : []),
      ...(after ? [["after", after]] : []),
    ]);
    const page = await ask("GET", `/v1/lookups?${search}`);
    found = [...found, ...page.rows].slice(-LIMIT);
    after = page.cursor || "";
  } while (after);
  return found;
}
