// A device's card: its name, how it is, what it shows, its faults and what else a hand can do.

import { fault, hand } from "/bench.js";
import { button, make, toggle } from "/elements.js";
import { knows, say, sayOr } from "/words.js";

/** Hands that put something right again: their buttons stand out. */
const MENDING = ["close_cover", "close_drawer", "plug_in", "power_on", "replace_paper", "switch_on"];

/** The shell that every device has. `content` is the device's own; `left` are hands it has itself. */
export class Card {
  constructor(device, content, { left = [], wide = false } = {}) {
    this.device = device;
    this.pill = make("span", { class: "pill" });
    this.faults = new FaultList(device);
    const hands = Object.entries(device.actions).filter(([name]) => !left.includes(name));
    const title = `device-${device.name}`;
    this.element = make("article", { class: `device ${device.family}${wide ? " wide" : ""}`, "aria-labelledby": title },
      make("div", { class: "head" },
        make("h3", { id: title }, sayOr(`family_${device.family}`, device.family.replaceAll("_", " ")), " ", make("small", {}, device.name)),
        this.pill),
      content,
      this.faults.element,
      hands.length ? handList(device, hands) : null);
  }

  /** Take what changed: state and faults. */
  update({ faults }, [tone, words]) {
    this.pill.className = `pill ${tone}`;
    this.pill.textContent = words;
    this.faults.update(faults);
  }
}

/** Its fault switches, folded away; how many are on stands outside. */
class FaultList {
  constructor(device) {
    this.count = make("span", { class: "count" });
    this.switches = new Map();
    const rows = Object.entries(device.faults).map(([name, { on, description }]) => {
      const known = knows(`fault_${name}`);
      const words = [make("strong", {}, sayOr(`name_${name}`, name.replaceAll("_", " "))), " ",
        make("span", { class: "quiet", lang: known ? null : "en" }, known ? say(`fault_${name}`) : description)];
      const row = toggle(words, on, (yes) => fault(device.name, name, yes));
      this.switches.set(name, row.querySelector("input"));
      return make("li", {}, row);
    });
    this.element = make("details", { class: "faults" },
      make("summary", {}, say("faults"), " ", this.count), make("ul", {}, rows));
    this.update(Object.fromEntries(Object.entries(device.faults).map(([name, { on }]) => [name, on])));
  }

  update(states) {
    for (const [name, on] of Object.entries(states)) this.switches.get(name).checked = on;
    const on = Object.values(states).filter(Boolean).length;
    this.count.textContent = on ? say("faults_on", { count: on }) : "";
  }
}

/** What else a person can do here; what an action wants is told in its description. */
function handList(device, hands) {
  const rows = hands.map(([name, description]) => {
    const known = knows(`hand_${name}`);
    const field = known ? null : wanted(name, description);
    const act = () => hand(device.name, name, field ? field.given() : {});
    return make("li", {}, button(sayOr(`do_${name}`, name.replaceAll("_", " ")), act),
      make("span", { class: "quiet", lang: known ? null : "en" }, known ? say(`hand_${name}`) : description), field);
  });
  return make("details", { class: "hands" }, make("summary", {}, say("hands")), make("ul", {}, rows));
}

/** A field for what an action wants: a choice where its description has one, JSON otherwise. */
function wanted(name, description) {
  const [, argument, choices] = /: (\w+), one of ([^.;:]+)/.exec(description) ?? [];
  if (choices) {
    const field = make("select", { "aria-label": `${name}: ${argument}` }, choices.split(", ").map((each) => make("option", {}, each)));
    field.given = () => ({ [argument]: field.value });
    return field;
  }
  if (!description.includes(":")) return null;
  const field = make("input", { type: "text", placeholder: '{"…": …}', "aria-label": `${name}: JSON` });
  field.given = () => (field.value ? JSON.parse(field.value) : {});
  return field;
}

/** Show the buttons for what a person can do now, where they are others than before. */
export function offer(card, actions) {
  if (card.offered === actions.join()) return;
  card.offered = actions.join();
  const focused = [...card.buttons.children].indexOf(document.activeElement);
  card.buttons.replaceChildren(...actions.map((action) => button(say(`do_${action}`), () => hand(card.device.name, action),
    { class: MENDING.includes(action) ? "main" : null })));
  if (focused >= 0) card.buttons.children[focused]?.focus();
}

/** A card for a kind of device that the page knows nothing of: its state, as names and values. */
export class PlainCard extends Card {
  constructor(device) {
    const facts = make("dl", { class: "facts" });
    super(device, facts);
    this.facts = facts;
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    super.update(change, condition(change.state));
    const rows = Object.entries(change.state).filter(([, value]) => typeof value !== "object" || Array.isArray(value));
    this.facts.replaceChildren(...rows.map(([name, value]) => make("div", {},
      make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, spoken(value)))));
  }
}

/** The faults of a portrait, as the updates have them. */
export const flat = (device) => Object.fromEntries(Object.entries(device.faults).map(([name, { on }]) => [name, on]));

function condition(state) {
  if (state.plugged_in === false || state.powered === false) return ["bad", say("unplugged")];
  return ["good", say("running")];
}

function spoken(value) {
  if (value === null) return "–";
  if (value === true) return "✓";
  if (value === false) return "✗";
  if (Array.isArray(value)) return value.slice(-3).map((each) => (typeof each === "object" ? JSON.stringify(each) : each)).join("\n") || "–";
  return String(value);
}
