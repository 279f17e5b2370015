// Knex: its migrations take a lock table and several statements each, so they run without transactions;
// ids are uuids or identity columns, and an index is made with raw SQL.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import knex from "knex";

const database = knex({
  client: "pg",
  connection: {
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    user: process.env.PGUSER,
    password: process.env.PGPASSWORD,
    database: process.env.PGDATABASE,
    ssl: { ca: readFileSync(process.env.PGSSLROOTCERT) },
  },
});

async function schema() {
  await database.schema.createTable("author", (table) => {
    table.uuid("id").primary().defaultTo(database.raw("gen_random_uuid()"));
    table.string("name", 80).notNullable();
    table.jsonb("facts");
    table.timestamp("added").defaultTo(database.fn.now());
  });
  await database.raw("CREATE INDEX ASYNC author_by_name ON author (name)").then(({ rows }) => {
    return database.raw("CALL sys.wait_for_job(?)", [rows[0].job_id]);
  });
  assert.equal(await database.schema.hasTable("author"), true);
  assert.deepEqual(Object.keys(await database("author").columnInfo()), ["id", "name", "facts", "added"]);
  // table.increments() is serial, and Knex adds unique() by ALTER TABLE: neither is to be had
  await assert.rejects(database.schema.createTable("a", (table) => table.increments()), { code: "42704" });
}

async function rows() {
  const made = await database("author").insert([{ name: "Ada" }, { name: "Größe ☃", facts: { a: [1] } }], ["id"]);
  assert.equal(made.length, 2);
  const found = await database("author").whereIn("name", ["Ada", "none"]).orWhereRaw("facts @> ?", ['{"a": [1]}']);
  assert.equal(found.length, 2);
  assert.equal(await database("author").where({ name: "Ada" }).update({ name: "Augusta" }), 1);
  await database.batchInsert("author", Array.from({ length: 500 }, (_, n) => ({ name: `author ${n}` })), 100);
  assert.deepEqual(await database("author").count("* as n").first(), { n: "502" });
  let streamed = 0;
  for await (const row of database("author").select("name").stream()) streamed += row.name.length > 0;
  assert.equal(streamed, 502);
}

async function transactions() {
  await assert.rejects(
    database.transaction(async (one) => {
      await one("author").where({ name: "Augusta" }).update({ facts: { n: 1 } });
      await database("author").where({ name: "Augusta" }).update({ facts: { n: 2 } });
    }),
    { code: "40001" },
  );
  await assert.rejects(
    database.transaction((outer) => outer.transaction(() => Promise.resolve())), // a savepoint
    { code: "0A000" },
  );
}

async function migrations() {
  const migration = {
    config: { transaction: false },
    up: async (on) => {
      await on.schema.createTable("one", (table) => table.uuid("id").primary());
      await on.schema.createTable("two", (table) => table.uuid("one_id").references("one.id"));
    },
    down: async (on) => on.schema.dropTable("two"),
  };
  const source = {
    getMigrations: async () => ["first"],
    getMigrationName: (name) => name,
    getMigration: async () => migration,
  };
  return database.migrate.latest({ migrationSource: source });
}

for (const part of [schema, rows, transactions]) {
  await part();
  console.log(part.name);
}
await assert.rejects(migrations(), { code: "42704" }); // its own table has a serial key: make it by hand beforehand
console.log("migrations");
await database.destroy();
