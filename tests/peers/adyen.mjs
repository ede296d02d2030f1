// Adyen's own library as the other side, driven over stdin and stdout, one JSON object a line.
// Started in a folder whose node_modules hold @adyen/api-library.
//
//   seal   {key, message}                 the message as the library protects it
//   open   {key, sealed}                  the plain text of a protected message
//   local  {key, endpoint, ca, message}   what a terminal answers, protected both ways
//   cloud  {endpoint, apiKey, ca, message}   what the cloud's synchronous end point answers

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.cwd()}/`);
const { Client, Config, EnvironmentEnum, TerminalCloudAPI, TerminalLocalAPI } =
  require("@adyen/api-library");
const NexoCrypto = require("@adyen/api-library/lib/src/security/nexoCrypto").default;

const TIMEOUT = 20_000;

function client(settings) {
  const config = new Config({ environment: EnvironmentEnum.TEST, apiKey: "unused", ...settings });
  config.connectionTimeoutMillis = TIMEOUT;
  return new Client(config);
}

const verbs = {
  seal({ key, message }) {
    const [[side, inside]] = Object.entries(message);
    return { [side]: NexoCrypto.encrypt(inside.MessageHeader, JSON.stringify(message), key) };
  },
  open({ key, sealed }) {
    return JSON.parse(new NexoCrypto().decrypt(Object.values(sealed)[0], key));
  },
  local({ key, endpoint, ca, message }) {
    const api = new TerminalLocalAPI(client({ certificatePath: ca, terminalApiLocalEndpoint: "" }));
    api.localRequest.endpoint = endpoint; // its port is fixed otherwise
    return api.request(message, key);
  },
  cloud({ endpoint, apiKey, ca, message }) {
    const api = new TerminalCloudAPI(client({ apiKey }));
    api.client.httpClient.agentOptions = { ca: readFileSync(ca) };
    api.terminalApiSync.endpoint = endpoint;
    return api.sync(message);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...values } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await verbs[verb](values) };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
