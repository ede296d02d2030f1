// The bench: everything is put in its place here, and told what happens.

import { Refused, shop as askShop, watch } from "/bench.js";
import { Books } from "/books.js";
import { Counter } from "/counter.js";
import { announce, make } from "/elements.js";
import { Plugs } from "/plugs.js";
import { Till } from "/register.js";
import { showShelf } from "/shelf.js";
import { language, LANGUAGES, say, speak } from "/words.js";

const RETRY_MS = 1500;
const NO_PATIENCE_MS = 1; // who only reads says at once that the box is away
const place = (id) => document.getElementById(id);

/** The box's own SDK, as soon as the box answers. */
async function sdk(url) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await import(`${url}/client.js?${attempt}`);
    } catch {
      announce(say("box_away"));
      await new Promise((go) => { setTimeout(go, RETRY_MS); });
    }
  }
}

async function hear(register, till, books) {
  for (;;) {
    try {
      for await (const event of register.events()) {
        till.take(event);
        books.catchUp();
      }
    } catch {
      announce(say("box_away"));
      await new Promise((go) => { setTimeout(go, RETRY_MS); });
    }
  }
}

function offerLanguages() {
  place("language-label").textContent = say("language");
  place("language").replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => make("option", { value: code, lang: code, selected: code === language }, name)));
  place("language").addEventListener("change", async (event) => {
    if (event.target.value === language) return;
    await speak(event.target.value);
    location.reload();
  });
}

async function start() {
  await speak();
  document.title = say("title");
  place("tagline").textContent = say("tagline");
  offerLanguages();
  const shop = await askShop();
  showShelf(place("shelf"), shop);
  const counter = new Counter(place("counter"));
  const plugs = new Plugs(place("plugs"));
  const take = (message) => (message.type === "plugs" ? plugs.take(message.plugs) : counter.take(message));
  const watching = watch(take, (yes) => { if (!yes) announce(say("bench_away")); });
  const { Register } = await sdk(shop.url);
  const register = new Register(shop.url, shop.token, { workstation: shop.workstation, operatorId: shop.operator_id });
  const reader = new Register(shop.url, shop.token, { patience: NO_PATIENCE_MS });
  const till = new Till(place("register"), shop, register);
  const books = new Books(place("books"), reader, () => till.hears(false));
  await Promise.all([watching, hear(register, till, books)]);
}

start().catch((error) => {
  place("main").replaceChildren(make("p", { class: "stopped" }, error instanceof Refused && error.status === 401 ? say("no_token") : error.message));
});
