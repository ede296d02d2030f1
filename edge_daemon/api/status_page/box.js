// The box: asking it, and hearing from it. The token lies in this browser's storage and goes with
// each request as a header; there is no cookie.

const KEY = "pos-edge-token";
const RETRY_MS = 2000;
const SILENCE_MS = 40000; // the box sends a sign of life every 15 s
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What the box answered when it refused. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.message || String(status));
    this.status = status;
    this.code = problem.code || "";
  }
}

export const token = {
  get: () => localStorage.getItem(KEY),
  set: (value) => localStorage.setItem(KEY, value),
  forget: () => localStorage.removeItem(KEY),
};

/** Ask the box. Throws `Refused`, or a TypeError when it cannot be reached. */
export async function ask(method, path, body) {
  const response = await send(method, path, body);
  return response.status === 204 ? null : response.json();
}

/** A picture, as an address for an `img`. */
export async function picture(path) {
  const response = await send("GET", path);
  return URL.createObjectURL(await response.blob());
}

async function send(method, path, body) {
  const headers = {};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store", credentials: "omit",
  });
  if (response.ok) return response;
  const problem = await response.json().then((answer) => answer.error, () => ({}));
  throw new Refused(response.status, problem || {});
}

/** A new id: a ULID of this moment (48 bits of milliseconds, 80 of chance). */
export function ulid() {
  let time = Date.now();
  let text = "";
  for (let place = 0; place < 10; place += 1) {
    text = CROCKFORD[time % 32] + text;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) text += CROCKFORD[byte % 32];
  return text;
}

/**
 * Hear what happens, for ever. `heard(type)` is called for each event, `connected(yes)` when the
 * line comes and goes. Ends when `signal` aborts or the token is no longer good.
 */
export async function listen(heard, connected, signal) {
  let last = null;
  while (!signal.aborted) {
    const line = new AbortController();
    const cut = () => line.abort();
    signal.addEventListener("abort", cut);
    try {
      const headers = { Authorization: `Bearer ${token.get()}` };
      if (last) headers["Last-Event-ID"] = last;
      const response = await fetch("/v1/events", {
        headers, cache: "no-store", credentials: "omit", signal: line.signal,
      });
      if (response.status === 401 || response.status === 403) return heard("refused");
      if (response.ok) {
        connected(true);
        for await (const event of events(response.body, cut)) {
          if (event.id) last = event.id;
          if (event.type) heard(event.type);
        }
      }
    } catch { /* the line is gone; it is tried again */ }
    signal.removeEventListener("abort", cut);
    if (signal.aborted) return undefined;
    connected(false);
    await new Promise((go) => { setTimeout(go, RETRY_MS); });
  }
  return undefined;
}

/** Server-sent events from a stream (WHATWG HTML, 9.2); a line that falls silent is cut. */
async function* events(body, cut) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(cut, SILENCE_MS);
    const { done, value } = await reader.read();
    clearTimeout(timer);
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const found = {};
      for (const line of block.split("\n")) {
        const [, name, text] = /^(id|event): (.*)$/.exec(line) || [];
        if (name) found[name === "event" ? "type" : name] = text;
      }
      yield found;
    }
  }
}
