// What run() and the errors promise, on a database with the tables of the shop.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import pg from "pg";

export async function check(client, config, stubs) {
  const { run, within, runInBatches, failure, customer, orders } = await import(pathToFileURL(stubs).href);
  const done = [];
  const count = async (table) => Number((await client.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
  const fast = { firstWait: 0.1, longestWait: 0.3 };

  // Fails the statement `sql` the first `times` times with `make()`; everything else goes to the database.
  const failing = (sql, times, make) => {
    const real = client.query.bind(client);
    let left = times;
    client.query = (query, ...rest) => {
      if (query === sql && left > 0) {
        left -= 1;
        return real("ROLLBACK").then(() => Promise.reject(make()));
      }
      return real(query, ...rest);
    };
    return () => delete client.query;
  };
  const lost = () => failure("40001", "change conflicts with another transaction (OC000)");

  let retries = [];
  const onRetry = (retry) => retries.push(retry);
  let calls = 0;
  const losing = (times) => async (work) => {
    calls += 1;
    await customer.insert(work, { id: 1 });
    if (calls <= times) throw lost();
    return "done";
  };
  assert.equal(await run(client, losing(3), { ...fast, onRetry }), "done");
  assert.equal(calls, 4);
  assert.deepEqual(retries.map(({ attempt, reason }) => [attempt, reason]), [1, 2, 3].map((n) => [n, "data conflict"]));
  assert.ok(retries.every(({ wait }, n) => wait >= 0 && wait <= [0.1, 0.2, 0.3][n]));
  assert.equal(await count("customer"), 1);
  done.push("a lost conflict is repeated whole");

  calls = 0;
  await client.query("DELETE FROM customer");
  await assert.rejects(run(client, losing(99), { ...fast, attempts: 3 }), { code: "40001" });
  assert.equal(calls, 3);
  assert.equal(await count("customer"), 0);
  done.push("the limit of attempts");

  retries = [];
  let restore = failing("COMMIT", 1, () => failure("40001", "schema has been updated by another transaction (OC001)"));
  await run(client, async () => 1, { onRetry });
  restore();
  assert.deepEqual(retries.map(({ reason, wait }) => [reason, wait]), [["schema conflict", 0]]);
  done.push("a schema conflict is told apart");

  retries = [];
  await assert.rejects(
    run(client, (work) => orders.insert(work, { id: 1, customer_id: 9 }), { onRetry }),
    { code: "23503" },
  );
  await assert.rejects(run(client, async () => { throw new TypeError("mine"); }, { onRetry }), TypeError);
  assert.deepEqual(retries, []);
  done.push("other errors are not repeated");

  restore = failing("COMMIT", 1, () => failure("XX000", "server unavailable"));
  await assert.rejects(run(client, async () => 1, { onRetry }), (error) => {
    assert.equal(error.code, "08007");
    assert.equal(error.cause.code, "XX000");
    return true;
  });
  assert.deepEqual(retries, []);
  restore();
  restore = failing("COMMIT", 1, () => failure("XX000", "server unavailable"));
  assert.equal(await run(client, async () => 1, { ...fast, idempotent: true, onRetry }), 1);
  restore();
  assert.deepEqual(retries.map(({ reason }) => reason), ["unknown outcome"]);
  done.push("an unknown outcome");

  retries = [];
  calls = 0;
  const once = async () => {
    calls += 1;
    if (calls === 1) throw failure("XX000", "server unavailable");
    return calls;
  };
  assert.equal(await run(client, once, { ...fast, onRetry }), 2);
  assert.deepEqual(retries.map(({ reason }) => reason), ["unavailable"]);
  done.push("unavailable before COMMIT");

  // The session is ended from outside: a pool has another, a client alone has not.
  const pool = new pg.Pool(config);
  pool.on("error", () => {});
  const ended = (times) => {
    let left = times;
    return async (work) => {
      const pid = await work.value("SELECT pg_backend_pid()");
      await customer.insert(work, { id: 77 });
      if (left > 0) {
        left -= 1;
        await client.query("SELECT pg_terminate_backend($1)", [pid]);
        await work.value("SELECT pg_sleep(30)");
      }
      return pid;
    };
  };
  retries = [];
  await run(pool, ended(1), { ...fast, onRetry });
  assert.deepEqual(retries.map(({ reason }) => reason), ["unavailable"]);
  assert.equal(await count("customer WHERE id = 77"), 1);
  const alone = new pg.Client(config);
  await alone.connect();
  retries = [];
  await assert.rejects(run(alone, ended(1), { ...fast, onRetry }));
  assert.deepEqual(retries, []);
  // COMMIT was sent, and no answer came.
  const dying = async (work) => {
    const pid = await work.value("SELECT pg_backend_pid()");
    const real = pg.Client.prototype.query;
    pg.Client.prototype.query = function (query, ...rest) {
      if (query !== "COMMIT") return real.call(this, query, ...rest);
      pg.Client.prototype.query = real;
      return client.query("SELECT pg_terminate_backend($1)", [pid]).then(() => real.call(this, "SELECT pg_sleep(30)"));
    };
  };
  await assert.rejects(run(pool, dying, { ...fast, onRetry }), { code: "08007" });
  assert.deepEqual(retries, []);
  await pool.end();
  done.push("a lost connection");

  await client.query("BEGIN");
  await assert.rejects(run(client, async () => 1), /idle/);
  await client.query("ROLLBACK");
  await assert.rejects(within(client, async () => 1), /transaction/);
  done.push("an open transaction is refused");

  await client.query("BEGIN");
  await assert.rejects(within(client, (work) => orders.insert(work, { id: 5, customer_id: 9 })), { code: "23503" });
  await assert.rejects(client.query("SELECT 1"), { code: "25P02" });
  await client.query("COMMIT");
  assert.equal(await count("orders"), 0);
  done.push("a caught violation cannot be committed");

  const caught = async (promise) => promise.then(() => assert.fail("nothing was refused"), (error) => error);
  const ours = await caught(run(client, (work) => orders.insert(work, { id: 1, customer_id: 9 })));
  await client.query(
    "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customer",
  );
  const native = await caught(client.query("INSERT INTO orders VALUES (1, 9)"));
  assert.ok(ours instanceof pg.DatabaseError);
  for (const field of ["name", "message", "severity", "code", "detail", "schema", "table", "constraint"]) {
    assert.equal(ours[field], native[field], field);
  }
  await client.query("ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey");
  done.push("the error is PostgreSQL's own");

  const both = await run(client, (work) =>
    Promise.all([3, 4, 5].map((id) => customer.insert(work, { id }).then(() => orders.insert(work, { id, customer_id: id })))),
  );
  assert.deepEqual(both.map(({ id }) => id), [3, 4, 5]);
  done.push("statements side by side");

  await client.query("DELETE FROM orders");
  const many = Array.from({ length: 7001 }, (_, n) => ({ id: n + 100 }));
  const sizes = [];
  const all = await runInBatches(client, many, async (work, batch) => {
    sizes.push(batch.length);
    if (batch.length > 2000) throw failure("54000", "transaction row limit exceeded");
    await work.rows("INSERT INTO customer SELECT unnest($1::int[])", [batch.map(({ id }) => id)]);
    return batch.length;
  });
  assert.deepEqual(sizes, [3000, 1500, 1500, 3000, 1500, 1500, 1001]);
  assert.deepEqual([all.rows, all.transactions, all.results], [7001, 5, [1500, 1500, 1500, 1500, 1001]]);
  assert.equal(await count("customer WHERE id >= 100"), 7001);
  done.push("batches");

  await run(client, async (work) => {
    assert.equal(await orders.update(work, 1, { customer_id: null }), undefined);
    assert.equal(await orders.update(work, 1, {}), undefined);
    assert.equal(await orders.remove(work, 1), undefined);
    assert.deepEqual(await orders.insert(work, { id: 1 }), { id: 1, customer_id: null });
    assert.deepEqual(await orders.update(work, 1, { id: 2 }), { id: 2, customer_id: null });
  });
  done.push("rows that are not there");
  return done;
}
