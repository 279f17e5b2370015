// node-postgres: a pool, parameters, types, cursors, COPY, a lost race, cancelling.
// It needs to be told nothing but where; `statement_timeout` in its configuration is refused, as DSQL refuses it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import copy from "pg-copy-streams";
import Cursor from "pg-cursor";
import pg from "pg";

const configuration = {
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER,
  password: process.env.PGPASSWORD,
  database: process.env.PGDATABASE,
  ssl: { ca: readFileSync(process.env.PGSSLROOTCERT) },
};
const pool = new pg.Pool({ ...configuration, max: 4 });

async function withClient(work) {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

async function types() {
  const given = {
    smallint: -32768,
    integer: 2147483647,
    bigint: "-9223372036854775808",
    "double precision": 1e-300,
    "numeric(20,5)": "123456789.12345",
    boolean: true,
    text: "ünïcödé ☃ 'quoted' \\ \n 漢字",
    timestamptz: new Date("2026-11-23T12:30:15.123Z"),
    uuid: "12345678-1234-5678-1234-567812345678",
    bytea: Buffer.from([0, 1, 2, 255]),
    jsonb: { a: [1, null, "é"] },
  };
  const kinds = Object.keys(given);
  await pool.query(`CREATE TABLE everything (id int PRIMARY KEY, ${kinds.map((kind, n) => `c${n} ${kind}`).join(", ")})`);
  const places = kinds.map((_, n) => `$${n + 2}`).join(", ");
  await pool.query(`INSERT INTO everything VALUES ($1, ${places})`, [1, ...Object.values(given)]);
  const { rows, fields } = await pool.query({ text: "SELECT * FROM everything", rowMode: "array" });
  assert.deepEqual(rows, [[1, ...Object.values(given)]]);
  assert.equal(fields.length, kinds.length + 1);
  const list = await pool.query("SELECT id FROM everything WHERE id = ANY($1::int[])", [[1, 2]]);
  assert.equal(list.rowCount, 1);
}

async function statements() {
  await withClient(async (client) => {
    for (const n of [1, 2, 3]) {
      const found = await client.query({ name: "add", text: "SELECT $1::int + 1 AS sum", values: [n] });
      assert.equal(found.rows[0].sum, n + 1);
    }
    const several = await client.query("SELECT 1 AS a; SELECT 2 AS b");
    assert.deepEqual(several.map((result) => result.rows[0]), [{ a: 1 }, { b: 2 }]);
    const cursor = client.query(new Cursor("SELECT n FROM generate_series(1, $1::int) n", [250]));
    const sizes = [];
    for (let rows; (rows = await cursor.read(100)).length; ) sizes.push(rows.length);
    await cursor.close();
    assert.deepEqual(sizes, [100, 100, 50]);
  });
  for (const refused of ["TRUNCATE everything", "LISTEN x", "SET statement_timeout = 1"]) {
    await assert.rejects(pool.query(refused), { code: "0A000" });
  }
}

async function copies() {
  await pool.query("CREATE TABLE line (id int PRIMARY KEY, word text)");
  await withClient(async (client) => {
    const lines = Array.from({ length: 3000 }, (_, n) => `${n}\tW\u00f6rt ${n}\n`);
    await pipeline(Readable.from(lines), client.query(copy.from("COPY line FROM STDIN")));
    let size = 0;
    for await (const chunk of client.query(copy.to("COPY line TO STDOUT"))) size += chunk.length;
    assert.equal(size, Buffer.byteLength(lines.join("")));
    const tooMany = Array.from({ length: 3001 }, (_, n) => `${n + 5000}\tx\n`);
    await assert.rejects(pipeline(Readable.from(tooMany), client.query(copy.from("COPY line FROM STDIN"))), {
      code: "54000",
      message: "transaction row limit exceeded",
    });
  });
  assert.equal((await pool.query("SELECT count(*)::int AS n FROM line")).rows[0].n, 3000);
}

async function transactions() {
  await pool.query("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)");
  await pool.query("INSERT INTO account VALUES (1, 0)");
  await withClient(async (client) => {
    await client.query("BEGIN");
    await client.query("UPDATE account SET balance = balance + 100 WHERE id = 1");
    await pool.query("UPDATE account SET balance = balance + 1 WHERE id = 1"); // another client; nobody waits
    await assert.rejects(client.query("COMMIT"), { code: "40001", message: /OC000/ });
    await client.query("BEGIN");
    await assert.rejects(client.query("SAVEPOINT s"), { code: "0A000" });
    await assert.rejects(client.query("SELECT 1"), { code: "25P02" });
    assert.equal((await client.query("COMMIT")).command, "ROLLBACK");
  });
  const add = async () => {
    for (;;) {
      try {
        return await withClient(async (client) => {
          await client.query("BEGIN");
          const { rows } = await client.query("SELECT balance FROM account WHERE id = 1");
          await client.query("UPDATE account SET balance = $1 WHERE id = 1", [rows[0].balance + 1]);
          await client.query("COMMIT");
        });
      } catch (error) {
        if (error.code !== "40001") throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, add));
  assert.equal((await pool.query("SELECT balance FROM account")).rows[0].balance, 11);
}

async function endings() {
  const late = new pg.Client({ ...configuration, query_timeout: 300 });
  late.on("error", () => {}); // of the connection that is broken off below
  await late.connect();
  await assert.rejects(late.query("SELECT pg_sleep(60)"), /timeout/);
  late.connection.stream.destroy();
  const refused = new pg.Client({ ...configuration, statement_timeout: 1000 });
  await assert.rejects(refused.connect(), { code: "0A000", message: /statement_timeout/ });
  const strangers = new pg.Client({ ...configuration, ssl: true });
  await assert.rejects(strangers.connect(), /certificate/);
}

for (const part of [types, statements, copies, transactions, endings]) {
  await part();
  console.log(part.name);
}
await pool.end();
