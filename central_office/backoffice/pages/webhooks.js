// Webhooks: programs elsewhere that are told what is booked, and how that goes.

import { announce, button, dialog, make } from "/office/elements.js";
import { field, form } from "/office/forms.js";
import { ask } from "/office/office.js";
import { pill, section, table } from "/office/table.js";
import { moment, number, say } from "/office/words.js";

/** What is offered by name; the rest is for those who know the journal. */
const TYPES = [
  "RetailTransaction",
  "PeriodReport",
  "TillCount",
  "InventoryControl",
  "OperatorEvent",
  "PaymentEvent",
  "DeviceEvent",
];

/** @type {import("/office/pages.js").Show} */
export async function webhooks(_query, _known, again) {
  const { webhooks: found } = await ask("GET", "/v1/webhooks");
  return [
    section(
      say("page_webhooks"),
      table(
        say("page_webhooks"),
        [
          { title: say("name"), lead: true, show: (row) => row.name },
          { title: say("address"), show: (row) => make("code", {}, row.url) },
          { title: say("what"), show: (row) => row.entry_types.join(", ") },
          { title: say("state"), show: (row) => state(row) },
          {
            title: say("last_answer"),
            show: (row) => (row.last_at === null ? "–" : `${row.last_answer || ""} · ${moment(row.last_at)}`),
          },
          { title: say("act"), show: (row) => acts(row, again) },
        ],
        found,
        { empty: say("no_webhooks") },
      ),
      { words: say("webhooks_words"), actions: button(say("add_webhook"), () => addDialog(again), { class: "main" }) },
    ),
  ];
}

/** @param {any} row */
function state(row) {
  if (row.switched_off_at !== null) return [pill(say("switched_off"), "bad"), " ", moment(row.switched_off_at)];
  return row.failures
    ? pill(say("failures", { count: number(row.failures) }), "care")
    : pill(say("switched_on"), "good");
}

/** @param {any} row @param {() => unknown} again */
function acts(row, again) {
  const address = `/v1/webhooks/${encodeURIComponent(row.webhook_id)}`;
  const label = (/** @type {string} */ words) => ({ "aria-label": `${words}: ${row.name}` });
  return make(
    "span",
    { class: "buttons" },
    button(
      say("try"),
      async () => {
        announce(say("tried", { answer: (await ask("POST", `${address}/test`)).answer }));
      },
      label(say("try")),
    ),
    row.switched_off_at !== null || row.failures
      ? button(
          say("resume"),
          async () => {
            await ask("POST", `${address}/resume`);
            await again();
          },
          label(say("resume")),
        )
      : null,
    button(say("remove"), () => removeDialog(row, address, again), { class: "risky", ...label(say("remove")) }),
  );
}

/** @param {any} row @param {string} address @param {() => unknown} again */
function removeDialog(row, address, again) {
  dialog(say("remove_webhook", { name: row.name }), (close) =>
    form(close, again, "", () => ask("POST", `${address}/remove`), [make("p", {}, say("remove_words"))], say("remove")),
  );
}

/** @param {() => unknown} again */
function addDialog(again) {
  dialog(say("add_webhook"), (close) => {
    const name = make("input", { type: "text", required: true, maxlength: 64, autocomplete: "off" });
    const url = make("input", {
      type: "url",
      required: true,
      maxlength: 2000,
      placeholder: "https://…",
      autocomplete: "off",
    });
    const boxes = TYPES.map((type) =>
      make("input", { type: "checkbox", value: type, checked: type === "RetailTransaction" }),
    );
    return form(
      close,
      again,
      "",
      async () => {
        const made = await ask("POST", "/v1/webhooks", {
          name: name.value.trim(),
          url: url.value.trim(),
          entry_types: boxes.filter((box) => box.checked).map((box) => box.value),
        });
        secretDialog(made);
      },
      [
        field(say("name"), name),
        field(say("address"), url, say("address_words")),
        make(
          "fieldset",
          {},
          make("legend", {}, say("told_of")),
          boxes.map((box) => make("label", { class: "choice" }, box, say(`entry_type_${box.value}`))),
        ),
      ],
    );
  });
}

/**
 * What is shown this once.
 * @param {{ name: string, secret: string }} made
 */
export function secretDialog(made) {
  dialog(made.name, (close) => [
    make("p", {}, say("key_once")),
    make("code", { class: "secret", tabindex: 0 }, made.secret),
    make(
      "p",
      { class: "buttons" },
      button(say("copy"), async () => {
        await navigator.clipboard.writeText(made.secret);
        announce(say("copied"));
      }),
      button(say("done"), close, { class: "main" }),
    ),
  ]);
}
