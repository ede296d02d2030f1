// The scale, and what is put on it.

import { hand } from "/bench.js";
import { Card, flat, offer } from "/card.js";
import { button, drawing, make } from "/elements.js";
import { say } from "/words.js";

const OWN = ["put", "take_off", "plug_in", "unplug"];
const LOADS = [120, 485, 1250];

export class ScaleCard extends Card {
  constructor(device) {
    const goods = drawing("apples", { class: "goods" });
    const reading = make("p", { class: "reading", role: "status" });
    const platform = make("div", { class: "platform" }, goods, make("div", { class: "plate", "aria-hidden": "true" }), reading);
    const loads = make("div", { class: "buttons" },
      LOADS.map((grams) => button(say("put", { grams }), () => hand(device.name, "put", { grams }))),
      button(say("do_take_off"), () => hand(device.name, "take_off")));
    const buttons = make("div", { class: "buttons" });
    super(device, [platform, loads, buttons], { left: OWN });
    Object.assign(this, { goods, reading, buttons });
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { plugged_in: plugged, grams, shows } = change.state;
    super.update(change, plugged ? ["good", say("running")] : ["bad", say("unplugged")]);
    this.goods.style.visibility = grams > 0 ? "visible" : "hidden";
    const text = String(shows ?? "");
    if (this.reading.textContent !== text) this.reading.textContent = text;
    offer(this, [plugged ? "unplug" : "plug_in"]);
  }
}
