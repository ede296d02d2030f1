// The bench's server: hands, faults, plugs, and what happens. The token came with the address; it
// is kept for as long as this tab is open.

const KEY = "pos-bench-token";
const RETRY_MS = 1000;

function readToken() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) || "";
}

const headers = { Authorization: `Bearer ${readToken()}` };

/** What the bench answered when it refused. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const request = { method, headers, cache: "no-store", credentials: "omit" };
  if (body !== undefined) {
    request.headers = { ...headers, "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}

/** The shop: where its box is, the register's token, what is on the shelf. */
export const shop = () => ask("GET", "/bench/shop");

/** Do what a person does at a device. */
export const hand = (device, action, more = {}) => ask("POST", `/devices/${device}/hand`, { action, ...more });

/** Switch a fault of a device. */
export const fault = (device, name, on) => ask("POST", `/devices/${device}/faults`, { fault: name, on });

/** Put a plug in, or pull it out. */
export const plug = (name, plugged) => ask("POST", "/bench/plugs", { plug: name, in: plugged });

/** What hands did until now, as a scenario in YAML. */
export const scenario = async () => (await ask("GET", "/bench/scenario")).yaml;

/** Hear what happens, for ever: `heard(message)`; `connected(yes)` when the line comes and goes. */
export async function watch(heard, connected) {
  for (;;) {
    try {
      const response = await fetch("/bench/live", { headers, cache: "no-store", credentials: "omit" });
      if (response.status === 401) throw new Refused(401, (await response.json()).error);
      connected(true);
      for await (const message of messages(response.body)) heard(message);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    connected(false);
    await new Promise((go) => { setTimeout(go, RETRY_MS); });
  }
}

/** Server-sent events of one line of JSON each (WHATWG HTML, 9.2). */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) if (block.startsWith("data: ")) yield JSON.parse(block.slice(6));
  }
}
