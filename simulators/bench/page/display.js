// The customer display: two lines of twenty glowing characters.

import { Card, flat, offer } from "/card.js";
import { make } from "/elements.js";
import { say } from "/words.js";

const COLUMNS = 20;
const BRIGHTEST = 4;
const OWN = ["switch_on", "switch_off", "plug_in", "unplug"];

export class DisplayCard extends Card {
  constructor(device) {
    const glass = make("pre", { class: "glass", role: "status" });
    const buttons = make("div", { class: "buttons" });
    super(device, [glass, buttons], { left: OWN });
    Object.assign(this, { glass, buttons });
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { plugged_in: plugged, switched_on: on, lines, brightness } = change.state;
    super.update(change, !plugged ? ["bad", say("unplugged")] : on ? ["good", say("running")] : ["care", say("state_off")]);
    const text = lines.map((line) => line.padEnd(COLUMNS)).join("\n");
    if (this.glass.textContent !== text) this.glass.textContent = text;
    this.glass.style.opacity = on ? String(0.55 + (0.45 * brightness) / BRIGHTEST) : "1";
    offer(this, [on ? "switch_off" : "switch_on", plugged ? "unplug" : "plug_in"]);
  }
}
