// People and keys: who may see the books, given and taken by whoever has the right to.

import { button, dialog, make } from "/office/elements.js";
import { form } from "/office/forms.js";
import { SHORTEST, userName } from "/office/login.js";
import { ask } from "/office/office.js";
import { secretDialog } from "/office/pages/webhooks.js";
import { storeIds, storeName } from "/office/stores.js";
import { pill, section, table } from "/office/table.js";
import { moment, say, term } from "/office/words.js";

const ROLES = ["owner", "manager", "bookkeeper", "viewer", "hr"];

/** @type {import("/office/pages.js").Show} */
export async function access(_query, known, again) {
  const [{ people }, { keys }] = await Promise.all([ask("GET", "/v1/people"), ask("GET", "/v1/keys")]);
  return [
    section(
      say("people"),
      table(
        say("people"),
        [
          { title: say("user_name"), lead: true, show: (row) => row.name },
          { title: say("role"), show: (row) => say(`role_${row.role}`) },
          { title: say("stores"), show: (row) => seen(row.stores) },
          {
            title: say("state"),
            show: (row) => (row.disabled_at === null ? pill(say("may_sign_in"), "good") : pill(say("shut_out"), "off")),
          },
          { title: say("since"), show: (row) => moment(row.created_at) },
          {
            title: say("act"),
            show: (row) =>
              button(say("change"), () => personDialog(known, row, again), {
                "aria-label": `${say("change")}: ${row.name}`,
              }),
          },
        ],
        people,
      ),
      {
        words: say("people_words"),
        actions: button(say("add_person"), () => personDialog(known, null, again), { class: "main" }),
      },
    ),
    section(
      say("keys"),
      table(
        say("keys"),
        [
          { title: say("name"), lead: true, show: (row) => row.name },
          {
            title: say("rights"),
            show: (row) => row.rights.map((/** @type {string} */ right) => term("right", right)).join(", "),
          },
          { title: say("stores"), show: (row) => seen(row.stores) },
          { title: say("made_by"), show: (row) => `${row.created_by}, ${moment(row.created_at)}` },
          {
            title: say("state"),
            show: (row) => (row.revoked_at === null ? pill(say("good_key"), "good") : pill(say("revoked"), "off")),
          },
          {
            title: say("act"),
            show: (row) =>
              row.revoked_at === null
                ? button(say("revoke"), () => revokeDialog(row, again), {
                    class: "risky",
                    "aria-label": `${say("revoke")}: ${row.name}`,
                  })
                : "",
          },
        ],
        keys,
        { empty: say("no_keys") },
      ),
      { words: say("keys_words"), actions: button(say("add_key"), () => keyDialog(known, again)) },
    ),
  ];
}

/** @param {string[] | null} stores */
const seen = (stores) => (stores === null ? say("all_stores") : stores.map(storeName).join(", ") || say("none"));

/**
 * Which shops somebody sees: all of them, or those that are ticked.
 * @param {string[] | null} chosen
 */
function storeBoxes(chosen) {
  const stores = storeIds();
  const all = make("input", { type: "checkbox", checked: chosen === null });
  const boxes = stores.map((store) =>
    make("input", { type: "checkbox", value: store, checked: chosen === null || chosen.includes(store) }),
  );
  const follow = () =>
    boxes.forEach((box) => {
      box.disabled = all.checked;
    });
  all.addEventListener("change", follow);
  follow();
  const field = make(
    "fieldset",
    {},
    make("legend", {}, say("sees")),
    make("label", { class: "choice" }, all, say("all_stores")),
    boxes.map((box, index) => make("label", { class: "choice" }, box, storeName(stores[index]))),
  );
  return { field, value: () => (all.checked ? null : boxes.filter((box) => box.checked).map((box) => box.value)) };
}

/** @param {import("/office/pages.js").Known} known @param {any} row @param {() => unknown} again */
function personDialog(known, row, again) {
  dialog(row ? row.name : say("add_person"), (close) => {
    const name = make("input", {
      type: "text",
      required: true,
      maxlength: 64,
      pattern: "[A-Za-z0-9._@+\\-]+",
      autocomplete: "username",
      autocapitalize: "none",
      value: row?.name || "",
    });
    const role = make(
      "select",
      {},
      ROLES.map((each) =>
        make(
          "option",
          { value: each, selected: each === (row?.role || "viewer") },
          `${say(`role_${each}`)}: ${say(`role_${each}_words`)}`,
        ),
      ),
    );
    const password = make("input", {
      type: "password",
      autocomplete: "new-password",
      minlength: SHORTEST,
      maxlength: 256,
      required: !row,
    });
    const shutOut = make("input", { type: "checkbox", checked: Boolean(row && row.disabled_at !== null) });
    const stores = storeBoxes(row ? row.stores : null);
    return form(
      close,
      again,
      say("saved"),
      () =>
        ask("PUT", `/v1/people/${encodeURIComponent(name.value)}`, {
          role: role.value,
          stores: stores.value(),
          disabled: shutOut.checked,
          ...(password.value ? { password: password.value } : {}),
        }),
      [
        row ? userName(row.name) : make("label", { class: "field" }, say("user_name"), name),
        make("label", { class: "field" }, say("role"), role),
        stores.field,
        make(
          "label",
          { class: "field" },
          row ? say("new_password") : say("password"),
          password,
          make("small", {}, say(row ? "password_stays" : "password_words", { count: SHORTEST })),
        ),
        row ? make("label", { class: "choice" }, shutOut, say("shut_out_words")) : null,
      ],
    );
  });
}

/** @param {import("/office/pages.js").Known} known @param {() => unknown} again */
function keyDialog(known, again) {
  dialog(say("add_key"), (close) => {
    const name = make("input", { type: "text", required: true, maxlength: 64, autocomplete: "off" });
    const rights = known.caller.rights.map((/** @type {string} */ right) =>
      make("input", { type: "checkbox", value: right }),
    );
    const stores = storeBoxes(null);
    return form(
      close,
      again,
      "",
      async () => {
        const made = await ask("POST", "/v1/keys", {
          name: name.value.trim(),
          stores: stores.value(),
          rights: rights
            .filter((/** @type {HTMLInputElement} */ box) => box.checked)
            .map((/** @type {HTMLInputElement} */ box) => box.value),
        });
        secretDialog(made);
      },
      [
        make("label", { class: "field" }, say("name"), name, make("small", {}, say("key_name_words"))),
        make(
          "fieldset",
          {},
          make("legend", {}, say("rights")),
          rights.map((/** @type {HTMLInputElement} */ box) =>
            make("label", { class: "choice" }, box, term("right", box.value)),
          ),
        ),
        stores.field,
      ],
    );
  });
}

/** @param {any} row @param {() => unknown} again */
function revokeDialog(row, again) {
  dialog(say("revoke_key", { name: row.name }), (close) =>
    form(
      close,
      again,
      say("key_revoked", { name: row.name }),
      () => ask("POST", `/v1/keys/${encodeURIComponent(row.key_id)}/revoke`),
      [make("p", {}, say("revoke_words"))],
      say("revoke"),
    ),
  );
}
