// postgres.js, which sends its queries in pipelines, and Drizzle on top of it.
// Drizzle's isolationLevel and accessMode are SET TRANSACTION here, which DSQL has not; its migrator's table has a serial key.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { eq, inArray, sql as raw } from "drizzle-orm";
import { integer, jsonb, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";

const sql = postgres({
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER,
  password: process.env.PGPASSWORD,
  database: process.env.PGDATABASE,
  ssl: { ca: readFileSync(process.env.PGSSLROOTCERT) },
  max: 3,
});
const item = pgTable("item", {
  id: uuid().primaryKey().defaultRandom(),
  n: integer(),
  facts: jsonb(),
  made: timestamp({ withTimezone: true }).defaultNow(),
});

async function driver() {
  await sql`CREATE TABLE item (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int, facts jsonb, made timestamptz)`;
  const made = await sql`INSERT INTO item ${sql([{ n: 1, facts: { a: 1 } }, { n: 2, facts: [1, "é"] }])} RETURNING n, facts`;
  assert.deepEqual([...made], [{ n: 1, facts: { a: 1 } }, { n: 2, facts: [1, "é"] }]);
  assert.equal((await sql`SELECT n FROM item WHERE n = ANY(${[1, 2, 7]})`).count, 2);
  const together = await sql.begin((one) => [one`UPDATE item SET n = n + 1`, one`SELECT sum(n)::int FROM item`]);
  assert.deepEqual([...together[1]], [{ sum: 5 }]);
  const sizes = [];
  await sql`SELECT g FROM generate_series(1, 250) g`.cursor(100, (rows) => void sizes.push(rows.length));
  assert.deepEqual(sizes, [100, 100, 50]);
  const writable = await sql`COPY item (n) FROM STDIN`.writable();
  await new Promise((done, failed) => {
    writable.on("finish", done).on("error", failed);
    writable.end("5\n6\n");
  });
  assert.equal((await sql`SELECT count(*)::int FROM item`)[0].count, 4);
}

async function refusals() {
  await assert.rejects(sql.begin((one) => one.savepoint(async (inner) => inner`SELECT 1`)), { code: "0A000" });
  await assert.rejects(sql.listen("x", () => {}), { code: "0A000" });
  const slow = sql`SELECT pg_sleep(60)`;
  setTimeout(() => slow.cancel(), 300);
  await assert.rejects(slow, { code: "57014" });
  const race = sql.begin(async (one) => {
    await one`UPDATE item SET facts = '1' WHERE n = 5`;
    await sql`UPDATE item SET facts = '2' WHERE n = 5`;
  });
  await assert.rejects(race, { code: "40001" });
}

async function mapper() {
  const database = drizzle(sql);
  await database.insert(item).values([{ n: 7 }, { n: 8 }]);
  assert.equal((await database.select().from(item).where(inArray(item.n, [7, 8]))).length, 2);
  const upsert = database.insert(item).values({ id: "00000000-0000-0000-0000-000000000001", n: 1 });
  const set = { n: raw`item.n + excluded.n` };
  await upsert;
  assert.equal((await upsert.onConflictDoUpdate({ target: item.id, set }).returning())[0].n, 2);
  await database.transaction(async (one) => {
    assert.equal((await one.update(item).set({ n: 9 }).where(eq(item.n, 8)).returning()).length, 1);
  });
  const refused = database.transaction(async () => {}, { isolationLevel: "repeatable read" });
  await assert.rejects(refused, ({ cause }) => cause.code === "0A000");
}

for (const part of [driver, refusals, mapper]) {
  await part();
  console.log(part.name);
}
await sql.end();
