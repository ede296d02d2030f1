// The bar code scanner. Products are scanned from the shelf; any other code is typed here.

import { hand } from "/bench.js";
import { Card, flat, offer } from "/card.js";
import { drawing, make, told } from "/elements.js";
import { say } from "/words.js";

const OWN = ["scan", "plug_in", "unplug"];

export class ScannerCard extends Card {
  constructor(device) {
    const gun = make("div", { class: "gun", "aria-hidden": "true" }, drawing("scanner"), make("b"));
    const last = make("p", { class: "last" });
    const field = make("input", { type: "text", required: true, autocomplete: "off", "aria-label": say("other_code") });
    const form = make("form", { class: "code" }, field, make("button", {}, say("scan")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      told(() => hand(device.name, "scan", { data: field.value }));
    });
    const buttons = make("div", { class: "buttons" });
    super(device, [gun, last, form, buttons], { left: OWN });
    Object.assign(this, { gun, last, buttons, scans: device.state.scans });
    this.update({ state: device.state, faults: flat(device) });
  }

  update(change) {
    const { scans, last_scan: code, plugged_in: plugged = true } = change.state;
    super.update(change, plugged ? ["good", say("state_ready")] : ["bad", say("unplugged")]);
    this.last.textContent = code ? say("last_scan", { code }) : say("no_scan");
    if (scans !== this.scans) this.#flash();
    this.scans = scans;
    offer(this, [plugged ? "unplug" : "plug_in"]);
  }

  #flash() {
    this.gun.classList.remove("beam");
    void this.gun.offsetWidth; // begins the animation anew
    this.gun.classList.add("beam");
  }
}
