// The page: pairs this tablet, and opens its till.

import { Box, NotPairedError, token } from "./box.js";
import { button, byId, closeDialogs, announce, make, told } from "./elements.js";
import { chooseLanguage } from "./face.js";
import { pairWith, pairingScreen, scannedCode } from "./pairing.js";
import { Till } from "./till.js";
import { LANGUAGES, language, say, speak } from "./words.js";

const RETRY_MS = 1500;

/** Nobody knows this tablet any more. @param {string} [words] */
function leave(words) {
  token.forget();
  closeDialogs();
  byId("banner").replaceChildren();
  byId("tools").replaceChildren(button(LANGUAGES[language], () => chooseLanguage()));
  byId("main").className = "";
  byId("main").dataset.state = "";
  byId("main").replaceChildren(pairingScreen(start));
  if (words) announce(words, "bad");
}

/** The till of a box that may not answer yet. */
async function start() {
  for (;;) {
    /** @type {Till | undefined} */
    let till;
    const box = new Box(() => till?.show());
    try {
      await box.open();
      till = new Till(box, leave);
      return void told(() => till?.begin());
    } catch (error) {
      if (error instanceof NotPairedError) return leave();
      byId("banner").replaceChildren(make("p", { class: "bad" }, say("box_away")));
      await new Promise((go) => { setTimeout(go, RETRY_MS); });
      byId("banner").replaceChildren();
    }
  }
}

await speak();
const code = scannedCode();
if (code) await told(() => pairWith(code));
if (token.get()) await start();
else leave();
navigator.serviceWorker?.register("/till/worker.js", { scope: "/till" }).catch(() => {});
