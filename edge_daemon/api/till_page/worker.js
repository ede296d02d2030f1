// Keeps the till's own files, for when the box is being started again: nothing of the shop, no answer
// of the API. What the box serves now is always preferred to what is kept.

const CACHE = "pos-till";
const SHELL = [
  "/till", "/client.js",
  ...["app.webmanifest", "basket.js", "box.js", "day.js", "declined.js", "elements.js", "face.js", "failures.js",
    "filling.js", "giftcards.js", "hearing.js", "hours.js", "icon-maskable.svg", "icon.svg", "lists.js", "menu.js",
    "orders.js", "pad.js", "page.css", "page.js", "pairing.js", "parking.js", "parts.css", "paying.js", "returning.js",
    "scans.js", "screen.js", "selling.js", "shelf.js", "staff.js", "stock.js", "ticket.js", "till.js", "words.js",
    "nl.json", "en.json", "fr.json", "de.json"].map((name) => `/till/${name}`),
];
const worker = /** @type {any} */ (self);

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method === "GET" && SHELL.includes(pathname)) event.respondWith(newest(event.request, pathname));
});

/** @param {Request} request @param {string} pathname @returns {Promise<Response>} */
async function newest(request, pathname) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (!response.ok) throw new Error(String(response.status));
    await cache.put(pathname, response.clone());
    return response;
  } catch (error) {
    const before = await cache.match(pathname);
    if (before) return before;
    throw error;
  }
}
