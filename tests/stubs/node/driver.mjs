// Takes one request a line as JSON, answers with one line. Packages are compiled stubs; connections have names.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import pg from "pg";

const packages = new Map();
const clients = new Map();

const requests = {
  async load({ name, path }) {
    packages.set(name, await import(pathToFileURL(path).href));
    return Object.keys(packages.get(name));
  },
  async connect({ name, config }) {
    const client = new pg.Client(config);
    client.on("error", () => {});
    await client.connect();
    client.config = config;
    clients.set(name, client);
  },
  async close({ name }) {
    await clients.get(name).end();
    clients.delete(name);
  },
  // All calls in one transaction of run(); gives what they gave.
  async run({ name, on, calls, options }) {
    return packages.get(name).run(clients.get(on), (work) => all(name, work, calls), options);
  },
  // The same in the transaction that is open already.
  async within({ name, on, calls }) {
    return packages.get(name).within(clients.get(on), (work) => all(name, work, calls));
  },
  // What a module of checks says it has done.
  async check({ name, on, stubs }) {
    const client = clients.get(on);
    return packages.get(name).check(client, client.config, stubs);
  },
  async query({ on, text }) {
    return (await clients.get(on).query(text)).rows;
  },
};

async function all(name, work, calls) {
  const results = [];
  for (const [module, func, args] of calls) {
    results.push((await packages.get(name)[module][func](work, ...args)) ?? null);
  }
  return results;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { request, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await requests[request](rest)) ?? null };
  } catch (error) {
    const { message, code, detail, constraint, schema, table, severity } = error;
    const known = error instanceof pg.DatabaseError;
    answer = { error: { message, code, detail, constraint, schema, table, severity, known, stack: error.stack } };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
for (const client of clients.values()) {
  await client.end();
}
