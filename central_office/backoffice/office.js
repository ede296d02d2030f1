// Asking the office, and hearing from it what is new.

import { say } from "/office/words.js";

/** What the office refused; the message says what to do. */
export class Refused extends Error {
  /** @param {number} status @param {{ error?: { code?: string, message?: string } }} answer */
  constructor(status, answer) {
    super(answer.error?.message || `HTTP ${status}`);
    this.status = status;
    this.code = answer.error?.code || "";
  }
}

const AGAIN_MS = [500, 1000, 2000, 5000, 10000];
const PAGE = 1000;
/** Rows that a page adds up: a sum of some of them would be a wrong figure. */
const MOST = 100000;

/**
 * Ask for something.
 * @param {string} method @param {string} path @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
  });
  const text = await response.text();
  const answer = text && (response.headers.get("Content-Type") || "").includes("json") ? JSON.parse(text) : text;
  if (!response.ok) throw new Refused(response.status, typeof answer === "object" && answer ? answer : {});
  return answer;
}

/**
 * The path of a view.
 * @param {string} name
 * @param {Record<string, string | number | null | undefined>} query
 */
function path(name, query) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return `/v1/views/${name}?${new URLSearchParams(kept.map(([key, value]) => [key, String(value)]))}`;
}

/**
 * A page of a view.
 * @param {string} name
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {Promise<{ rows: any[], cursor: string | null }>}
 */
export const page = (name, query) => ask("GET", path(name, query));

/**
 * The rows of a view, page after page: all of them, as for a sum, or the first of a list.
 * @param {string} name
 * @param {Record<string, string | number | null | undefined>} query
 * @param {number} [limit] The most that are asked for of a list.
 * @returns {Promise<any[]>}
 */
export async function rows(name, query, limit) {
  const found = [];
  let after;
  do {
    const { rows: more, cursor } = await page(name, { ...query, limit: PAGE, after });
    found.push(...more);
    after = cursor;
    if (after && !limit && found.length >= MOST) throw new Refused(413, { error: { message: say("too_many_rows") } });
  } while (after && !(limit && found.length >= limit));
  return found;
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A new id, a ULID: with it an act may be repeated and is done once. */
export function newId() {
  let time = Date.now();
  let text = "";
  for (let digit = 0; digit < 10; digit += 1) {
    text = DIGITS[time % 32] + text;
    time = Math.floor(time / 32);
  }
  return text + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => DIGITS[byte % 32]).join("");
}

/**
 * Hear what is new, until `signal` ends it; a broken line is mended, and goes on where it broke.
 * @param {(kind: string, data: any) => void} heard
 * @param {(live: boolean) => void} connected
 * @param {AbortSignal} signal
 */
export async function listen(heard, connected, signal) {
  let last = "";
  for (let failed = 0; !signal.aborted; failed += 1) {
    try {
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const response = await fetch("/v1/live", { headers, signal, credentials: "same-origin", cache: "no-store" });
      if (!response.ok || !response.body) throw new Refused(response.status, {});
      connected(true);
      failed = 0;
      for await (const event of events(response.body)) {
        last = event.id || last;
        if (event.data) heard(event.kind, JSON.parse(event.data));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && [401, 403, 404].includes(error.status)) {
        if (error.status === 401) heard("refused", null);
        return;
      }
    }
    connected(false);
    await rest(AGAIN_MS[Math.min(failed, AGAIN_MS.length - 1)], signal);
  }
}

/**
 * The events of a stream (WHATWG HTML, 9.2.6).
 * @param {ReadableStream<Uint8Array>} body
 */
async function* events(body) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  let event = { id: "", kind: "message", data: "" };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() || "";
    for (const line of lines) {
      if (line === "") {
        yield event;
        event = { id: "", kind: "message", data: "" };
      } else if (line.startsWith("id:")) event.id = line.slice(3).trim();
      else if (line.startsWith("event:")) event.kind = line.slice(6).trim();
      else if (line.startsWith("data:")) event.data += line.slice(5).trim();
    }
  }
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function rest(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
