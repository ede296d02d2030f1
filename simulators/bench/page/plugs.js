// The mains plug of the box, and the network cable to the office.

import { plug } from "/bench.js";
import { drawing, make, told } from "/elements.js";
import { say } from "/words.js";

export class Plugs {
  constructor(place) {
    place.setAttribute("aria-label", say("plugs"));
    this.buttons = new Map(["mains", "network"].map((name) => [name, this.#button(name)]));
    place.replaceChildren(...this.buttons.values());
  }

  #button(name) {
    const words = make("span");
    const button = make("button", { type: "button", class: "plug", onclick: () => told(() => this.#turn(name)) }, drawing(name), words);
    button.show = (plugged) => {
      button.setAttribute("aria-pressed", String(plugged));
      words.textContent = say(`${name}_${plugged ? "in" : "out"}`);
    };
    button.show(true);
    return button;
  }

  async #turn(name) {
    const button = this.buttons.get(name);
    if (button.dataset.turning) return;
    button.dataset.turning = "yes";
    try {
      await plug(name, button.getAttribute("aria-pressed") !== "true");
    } finally {
      delete button.dataset.turning;
    }
  }

  take(plugs) {
    for (const [name, plugged] of Object.entries(plugs)) this.buttons.get(name)?.show(plugged);
  }
}
