// What asks before it acts: pairing a register, revoking one, deciding a payment.

import { ask, picture, ulid } from "/status/box.js";
import { announce, button, dialog, make } from "/status/elements.js";
import { money, say } from "/status/words.js";

const LOOK_MS = 1500;
const KINDS = {
  register: ["print", "drawer", "scan", "pay", "refund", "till", "read"],
  shopkeeper: ["print", "drawer", "pay", "read", "admin"],
  display: ["read"],
};

/** Ask for whom a code is, then show it until it is used. */
export function pairDialog(done) {
  dialog(say("pair"), (close) => {
    const name = make("input", { type: "text", maxlength: 64, autocomplete: "off", name: "name" });
    const kinds = Object.keys(KINDS).map((kind, index) => make("label", { class: "choice" },
      make("input", { type: "radio", name: "kind", value: kind, checked: index === 0 }),
      make("span", {}, make("strong", {}, say(`kind_${kind}`)), make("br"),
        make("span", { class: "quiet" }, say(`kind_${kind}_words`)))));
    const form = make("form", { onsubmit: (event) => event.preventDefault() },
      make("label", { class: "field" }, say("name"), name),
      make("fieldset", {}, make("legend", {}, say("kind")), kinds),
      make("div", { class: "buttons" },
        button(say("make_code"), async () => {
          const kind = form.elements.kind.value;
          const body = { scopes: KINDS[kind], ...(name.value.trim() ? { name: name.value.trim() } : {}) };
          try {
            const offered = await ask("PUT", `/v1/pairing-codes/${ulid()}`, body);
            close();
            await showCode(offered, done);
          } catch (error) {
            announce(error.message);
          }
        }, { class: "main" }),
        button(say("cancel"), close)));
    return form;
  });
}

async function showCode(offered, done) {
  const { code, slip, url } = offered;
  const image = await picture(`/v1/pairing-codes/${code.id}/qr`);
  let timer = 0;
  const left = make("p", { class: "quiet", "aria-live": "off" });
  const shown = dialog(say("code_title"), (close) => [
    make("p", {}, say("code_words")),
    make("p", { class: "code" }, code.code),
    make("img", { src: image, alt: say("code_qr"), width: 208, height: 208 }),
    make("p", { class: "quiet" }, say("code_address", { url })),
    slip ? make("p", { class: "quiet" }, say(slip.state === "printed" ? "code_printed" : "code_not_printed", { printer: slip.printer || "" })) : null,
    left,
    make("div", { class: "buttons" }, button(say("close"), close)),
  ], () => {
    clearTimeout(timer);
    URL.revokeObjectURL(image);
    done();
  });
  const look = async () => {
    const now = await ask("GET", `/v1/pairing-codes/${code.id}`).catch(() => null);
    if (!shown.open) return;
    if (now === null || now.state === "used") {
      shown.close();
      announce(say(now === null ? "code_expired" : "code_used"));
      return;
    }
    left.textContent = say("code_left", { minutes: Math.max(1, Math.ceil(now.expires_in / 60)) });
    timer = setTimeout(look, LOOK_MS);
  };
  await look();
}

/** Ask before a register is shut out. */
export function revokeDialog(register, done) {
  dialog(say("revoke_title", { name: register.name }), (close) => [
    make("p", {}, say("revoke_words")),
    make("div", { class: "buttons" },
      button(say("revoke"), async () => {
        try {
          await ask("POST", `/v1/tokens/${register.id}/revoke`, { reason: "revoked on the status page" });
          close();
          announce(say("revoked", { name: register.name }));
        } catch (error) {
          announce(error.message);
        }
        done();
      }, { class: "risky" }),
      button(say("cancel"), close)),
  ]);
}

/** Take a person's word for how a payment ended. */
export function decideDialog(payment, done) {
  dialog(say("decide_title", { amount: money(payment.amount, payment.currency) }), (close) => {
    const who = make("input", { type: "text", maxlength: 64, required: true, autocomplete: "off" });
    const why = make("input", { type: "text", maxlength: 255, required: true, autocomplete: "off" });
    const decide = (state) => async () => {
      const form = who.form;
      if (!form.reportValidity()) return;
      try {
        const body = { state, operator_id: who.value.trim(), reason: why.value.trim() };
        await ask("POST", `/v1/payments/${payment.id}/resolve`, body);
        close();
        announce(say("decided"));
      } catch (error) {
        announce(error.message);
      }
      done();
    };
    return make("form", { onsubmit: (event) => event.preventDefault() },
      make("p", {}, say("decide_words", { terminal: payment.terminal })),
      make("label", { class: "field" }, say("decide_who"), who),
      make("label", { class: "field" }, say("decide_why"), why),
      make("div", { class: "buttons" },
        button(say("decide_paid"), decide("APPROVED"), { class: "main" }),
        button(say("decide_not_paid"), decide("NOT_PROCESSED")),
        button(say("cancel"), close)));
  });
}
