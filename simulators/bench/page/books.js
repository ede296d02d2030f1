// The journal as it is written, and how much of it the office has acknowledged.

import { scenario } from "/bench.js";
import { button, make } from "/elements.js";
import { say, sayOr, time } from "/words.js";

const SHOWN = 80;
const LOOK_MS = 700;
const SAVING_MS = 10_000;
const WORDS = ["verb", "kind", "document", "device_id", "event", "status", "state", "sequence_number", "detail", "problem"];

export class Books {
  constructor(section, register, lost) {
    this.register = register;
    this.lost = lost;
    this.place = "";
    this.acknowledged = 0;
    this.list = make("ol", { class: "journal", tabindex: "0", "aria-label": say("journal") });
    this.office = make("p", { class: "office", role: "status" });
    section.replaceChildren(make("h2", { id: "books-title" }, say("books")), make("p", { class: "hint" }, say("books_hint")), this.office, this.list,
      make("div", { class: "buttons" }, button(say("save_scenario"), save)));
    this.reading = null;
    setInterval(() => this.catchUp(), LOOK_MS);
  }

  /** Read what is new; calls that come while it is being read wait for the next reading. */
  catchUp() {
    this.reading ??= this.#read().catch(() => this.#away()).finally(() => { this.reading = null; });
    return this.reading;
  }

  async #read() {
    const page = await this.register.get(`/v1/journal${this.place ? `?after=${this.place}` : ""}`);
    for (const entry of page.entries) this.list.prepend(row(entry));
    while (this.list.children.length > SHOWN) this.list.lastChild.remove();
    if (page.next) this.place = page.next;
    const { relay, journal } = await this.register.health();
    this.#mark(relay.acknowledged);
    const lag = Number(journal.position.split(".")[1]) - this.acknowledged;
    this.#say(lag > 0 ? "care" : "good", lag > 0 ? say("office_behind", { count: lag }) : say("office_has_all", { count: this.acknowledged }));
  }

  /** Tick off what the office has. */
  #mark(position) {
    this.acknowledged = Number((position ?? "").split(".")[1] ?? 0);
    for (const each of this.list.children) {
      if (Number(each.dataset.seq) > this.acknowledged) continue;
      if (each.classList.contains("has")) break;
      each.classList.add("has");
      each.querySelector(".tick").setAttribute("aria-label", say("acknowledged"));
    }
  }

  #away() {
    this.lost();
    this.#say("bad", say("box_away"));
  }

  #say(tone, words) {
    this.office.className = `office ${tone}`;
    if (this.office.textContent !== words) this.office.textContent = words;
  }
}

/** Save what hands did, for `pos-simulators play`. */
async function save() {
  const file = URL.createObjectURL(new Blob([await scenario()], { type: "application/yaml" }));
  make("a", { href: file, download: "scenario.yaml" }).click();
  setTimeout(() => URL.revokeObjectURL(file), SAVING_MS);
}

function row(entry) {
  const words = WORDS.map((word) => entry.payload[word]).filter((value) => ["string", "number"].includes(typeof value));
  return make("li", { "data-seq": entry.seq },
    make("span", { class: "seq" }, entry.seq),
    make("span", { class: "what" }, make("strong", {}, sayOr(`entry_${entry.entry_type}`, entry.entry_type)), " ", make("span", { class: "quiet", lang: "en" }, words.join(" · "))),
    make("time", { class: "quiet" }, entry.occurred_at ? time(entry.occurred_at) : ""),
    make("span", { class: "tick", role: "img", "aria-label": say("not_yet") }));
}
