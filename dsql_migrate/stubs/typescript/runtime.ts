/**
 * What the modules of this package share: retried transactions, rows, errors like PostgreSQL's.
 *
 * Two things make the checks of these modules hold when transactions run side by side:
 *
 * - A check locks what it relies on. A row that names a parent locks the parent row (FOR KEY SHARE,
 *   or FOR UPDATE where the database has no FOR KEY SHARE yet). A delete of that parent, or a change
 *   of its key, writes the same row. So the two conflict, and the later one to commit fails with
 *   SQLSTATE 40001. A plain SELECT would conflict with nothing: both would commit and leave an
 *   orphan (write skew, which snapshot isolation allows).
 * - All of it is one transaction. `run` sees to that, and repeats what lost a conflict.
 *
 * They are made for Aurora DSQL, where a lock counts as a conflict at COMMIT. PostgreSQL forgets a
 * lock at COMMIT; there they hold at READ COMMITTED, its default, where a statement that was blocked
 * looks again.
 */

import pg from "pg";
import type { ClientBase, CustomTypesConfig, Pool, PoolClient } from "pg";

import { TRANSACTION_BYTES, TRANSACTION_ROWS } from "./limits.js";

/**
 * A row by its columns' names. Numbers are numbers where they fit (smallint, integer, real, double
 * precision), booleans booleans, bytea a Buffer. All else is text to the letter, as PostgreSQL wrote
 * it: a Date would lose the microseconds of a timestamp, a number the digits of a bigint or numeric,
 * an object the order and digits of a json. So a row can be stored, compared and looked up again.
 */
export type Row = Record<string, unknown>;

/** The values of some columns, in their order. */
export type Key = readonly unknown[];

/** Why a transaction is repeated. */
export type Reason =
  | "data conflict" // 40001, OC000: another transaction has written the same rows
  | "schema conflict" // 40001, OC001: the schema has changed meanwhile
  | "unavailable" // XX000 or a lost connection before COMMIT: nothing was stored
  | "unknown outcome"; // the same at COMMIT: it may have been stored

export interface Retry {
  /** The attempt that failed, from 1. */
  attempt: number;
  reason: Reason;
  error: unknown;
  /** Milliseconds until the next attempt. */
  wait: number;
}

export interface RunOptions {
  /** How often the transaction is tried; then the last error is thrown. */
  attempts?: number;
  /** Milliseconds. Each wait is random (full jitter): at most this, doubled each time … */
  firstWait?: number;
  /** … up to this. */
  longestWait?: number;
  /** Doing it twice does no harm: it is repeated even where it may have been stored. */
  idempotent?: boolean;
  /** Told of each retry; for logs and metrics. */
  onRetry?: (retry: Retry) => void;
}

/**
 * Do `transaction(work)` in a transaction of its own; gives what that gave.
 *
 * Where the transaction loses a conflict (SQLSTATE 40001) all of it is repeated, so `transaction`
 * must do nothing outside the database that cannot be repeated. Where COMMIT got no answer
 * (XX000, or the connection was lost), nobody knows whether it was stored: that is thrown as SQLSTATE
 * 08007 with the error as its `cause`, and repeated only if the caller says `idempotent`. Every other
 * error is thrown at once. `source` is a pool, or a connected client without an open transaction.
 */
export async function run<T>(
  source: Pool | ClientBase,
  transaction: (work: Work) => Promise<T>,
  options: RunOptions = {},
): Promise<T> {
  const { attempts = 10, firstWait = 50, longestWait = 5000, idempotent = false } = options;
  for (let attempt = 1; ; attempt += 1) {
    const ended = await attemptOn(source, transaction);
    if ("result" in ended) {
      return ended.result;
    }
    const { reason, error } = ended;
    if (reason === undefined || attempt >= attempts) {
      throw error;
    }
    if (reason === "unknown outcome" && !idempotent) {
      throw error;
    }
    // A new transaction sees the new schema: the first time, there is nothing to wait for.
    const atOnce = reason === "schema conflict" && attempt === 1;
    const longest = Math.min(longestWait, firstWait * 2 ** (attempt - 1));
    const wait = atOnce ? 0 : Math.random() * longest;
    options.onRetry?.({ attempt, reason, error, wait });
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/**
 * Do `change(work)` in a transaction that is open on `client` already, and what waits for its end
 * right after it. The caller commits, and repeats the whole of it after SQLSTATE 40001.
 */
export async function within<T>(
  client: ClientBase,
  change: (work: Work) => Promise<T>,
): Promise<T> {
  if (statusOf(client) === "I") {
    throw new Error("a lock lasts as long as its transaction: begin one, or use run()");
  }
  return Work.all(client, change);
}

/** Rows that are written in several transactions, for one transaction may not hold them all. */
export interface Batches<T> {
  /** How many rows were written. */
  rows: number;
  transactions: number;
  /** What the transactions gave, in the order of the rows. */
  results: T[];
}

/**
 * Write many rows, in as few transactions as the limits of one allow, one after the other.
 *
 * `write` gets a transaction and the rows for it. A batch that turns out too large because of what
 * follows from its rows (SQLSTATE 54000) is cut in two. Batches that came before one that fails stay:
 * the thrown error's `written` says how many rows.
 */
export async function runInBatches<R, T>(
  source: Pool | ClientBase,
  rows: readonly R[],
  write: (work: Work, batch: readonly R[]) => Promise<T>,
  options: RunOptions = {},
): Promise<Batches<T>> {
  const waiting = batches(rows);
  const done: Batches<T> = { rows: 0, transactions: 0, results: [] };
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const part = batch;
    try {
      done.results.push(await run(source, (work) => write(work, part), options));
      done.rows += part.length;
      done.transactions += 1;
    } catch (error) {
      if (codeOf(error) !== "54000" || part.length === 1) {
        throw Object.assign(error as Error, { written: done.rows });
      }
      const half = Math.ceil(part.length / 2);
      waiting.unshift(part.slice(0, half), part.slice(half));
    }
  }
  return done;
}

/** The rows in parts that stay under the limits of a transaction, as far as their values tell. */
function batches<R>(rows: readonly R[]): R[][] {
  const found: R[][] = [];
  let size = Infinity;
  for (const row of rows) {
    const bytes = sizeOf(row);
    const last = found.at(-1);
    if (last === undefined || last.length >= TRANSACTION_ROWS || size + bytes > TRANSACTION_BYTES) {
      found.push([row]);
      size = bytes;
    } else {
      last.push(row);
      size += bytes;
    }
  }
  return found;
}

/** About how many bytes a value takes, with what a row costs besides its values. */
function sizeOf(value: unknown): number {
  if (typeof value === "string" || Buffer.isBuffer(value)) {
    return Buffer.byteLength(value);
  }
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 256);
  }
  return 8;
}

type Ended<T> = { result: T } | { reason: Reason | undefined; error: unknown };

async function attemptOn<T>(
  source: Pool | ClientBase,
  transaction: (work: Work) => Promise<T>,
): Promise<Ended<T>> {
  if (!isPool(source)) {
    return attemptWith(source, transaction, false);
  }
  const client: PoolClient = await source.connect();
  let broken = true;
  try {
    const ended = await attemptWith(client, transaction, true);
    broken = statusOf(client) !== "I";
    return ended;
  } finally {
    client.release(broken);
  }
}

/** One attempt. `renewable`: a lost connection can be replaced by another one. */
async function attemptWith<T>(
  client: ClientBase,
  transaction: (work: Work) => Promise<T>,
  renewable: boolean,
): Promise<Ended<T>> {
  if (statusOf(client) === "T" || statusOf(client) === "E") {
    throw new Error("run() needs an idle connection: a transaction is open");
  }
  let lost = false;
  let committing = false;
  const onLoss = () => {
    lost = true;
  };
  client.on("error", onLoss).on("end", onLoss);
  try {
    await client.query("BEGIN");
    const result = await Work.all(client, transaction);
    committing = true;
    await client.query("COMMIT");
    return { result };
  } catch (error) {
    if (!lost && !committing) {
      await client.query("ROLLBACK").catch(onLoss);
    }
    const code = codeOf(error);
    if (code === "40001") {
      return { reason: conflict(error), error };
    }
    const gone = lost || code === "XX000" || /^(08|57P)/.test(code);
    if (committing && gone) {
      return { reason: lost && !renewable ? undefined : "unknown outcome", error: unknown(error) };
    }
    return { reason: gone && (renewable || !lost) ? "unavailable" : undefined, error };
  } finally {
    client.off("error", onLoss).off("end", onLoss);
  }
}

/** DSQL names the kind of a conflict in the message of its 40001. */
function conflict(error: unknown): Reason {
  return error instanceof Error && error.message.includes("OC001")
    ? "schema conflict"
    : "data conflict";
}

function unknown(cause: unknown): pg.DatabaseError {
  const error = failure("08007", "COMMIT got no answer: nobody knows whether it was stored");
  return Object.assign(error, { cause });
}

function isPool(source: Pool | ClientBase): source is Pool {
  return "totalCount" in source;
}

/** "I" idle, "T" in a transaction, "E" in one that has failed; undefined before pg 8.18. */
function statusOf(client: ClientBase): unknown {
  return (client as { getTransactionStatus?: () => unknown }).getTransactionStatus?.();
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

interface Step {
  /** Steps of one name are one step. */
  name: string | undefined;
  act: (work: Work) => Promise<void>;
}

/** Steps that wait for their turn: first come, first served. */
class Waiting {
  #steps: Step[] = [];
  readonly #names = new Set<string>();

  push(step: Step): void {
    if (step.name !== undefined) {
      if (this.#names.has(step.name)) {
        return;
      }
      this.#names.add(step.name);
    }
    this.#steps.push(step);
  }

  shift(): Step | undefined {
    const step = this.#steps.shift();
    if (step?.name !== undefined) {
      this.#names.delete(step.name);
    }
    return step;
  }
}

type Check = (work: Work, key: Key) => Promise<void>;

const numbers = new WeakMap<Check, number>();
let lastNumber = 0;

function checking(check: Check, key: Key): Step {
  let number = numbers.get(check);
  if (number === undefined) {
    lastNumber += 1;
    number = lastNumber;
    numbers.set(check, number);
  }
  return { name: `${number} ${keyText(key)}`, act: (work) => check(work, key) };
}

/** What all of a transaction shares. */
interface Transaction {
  readonly client: ClientBase;
  /** Checks that wait for its end (INITIALLY DEFERRED); undefined once it has come. */
  atCommit: Waiting | undefined;
  aborted: boolean;
  now: Promise<string> | undefined;
}

/**
 * A transaction, or one statement of it with the checks and actions that follow it, in PostgreSQL's
 * order. The order matters where a row can be reached in two ways: a cascade may remove a row that
 * another key, looked at too early, would find in the way.
 */
export class Work {
  readonly #transaction: Transaction;
  readonly #waiting = new Waiting();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** The work of a whole transaction; `run` and `within` call this. */
  static async all<T>(client: ClientBase, change: (work: Work) => Promise<T>): Promise<T> {
    const atCommit = new Waiting();
    const transaction: Transaction = { client, atCommit, aborted: false, now: undefined };
    const work = new Work(transaction);
    const result = await change(work);
    await work.#last;
    await work.statement(async (last) => {
      transaction.atCommit = undefined;
      for (let step = atCommit.shift(); step !== undefined; step = atCommit.shift()) {
        last.#waiting.push(step);
      }
    });
    return result;
  }

  /**
   * Do one statement, then what waits because of it. Where that fails, the transaction is aborted, as
   * PostgreSQL aborts it: a caller that catches the error cannot commit half of the change. Statements
   * that are begun side by side are done one after the other.
   */
  async statement<T>(change: (work: Work) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#act(change));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #act<T>(change: (work: Work) => Promise<T>): Promise<T> {
    const inner = new Work(this.#transaction);
    try {
      const result = await change(inner);
      const waiting = inner.#waiting;
      for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
        await step.act(inner);
      }
      return result;
    } catch (error) {
      await this.#abort();
      throw error;
    }
  }

  async #abort(): Promise<void> {
    if (!this.#transaction.aborted) {
      this.#transaction.aborted = true;
      await this.#transaction.client.query("SELECT 1 / 0").catch(() => undefined);
    }
  }

  /** Do `step(work, ...values)` after what is waiting already. */
  after<A extends unknown[]>(
    step: (work: Work, ...values: A) => Promise<void>,
    ...values: A
  ): void {
    this.#waiting.push({ name: undefined, act: (work) => step(work, ...values) });
  }

  /** The same, unless exactly this is waiting already. */
  once(check: Check, key: Key): void {
    this.#waiting.push(checking(check, key));
  }

  /** The same when the transaction ends. */
  atCommit(check: Check, key: Key): void {
    (this.#transaction.atCommit ?? this.#waiting).push(checking(check, key));
  }

  /** Run one statement with bound values, $1 and so on; gives its rows, if it has any. */
  async rows<R extends Row = Row>(text: string, values: Key = []): Promise<R[]> {
    const query = { text, values: values.map(bound), rowMode: "array" as const, types: EXACT };
    const { fields, rows } = await this.#transaction.client.query<unknown[]>(query);
    // Object.fromEntries, for a column may be called "__proto__".
    return rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])) as R);
  }

  /** The same for a statement on at most one row. */
  async row<R extends Row = Row>(text: string, values: Key = []): Promise<R | undefined> {
    return (await this.rows<R>(text, values))[0];
  }

  /** The same for one value; null where there is no row. */
  async value(text: string, values: Key = []): Promise<unknown> {
    const row = await this.row(text, values);
    return row === undefined ? null : Object.values(row)[0];
  }

  /** When the transaction began, as PostgreSQL writes it: now(). */
  async now(): Promise<string> {
    this.#transaction.now ??= this.value("SELECT now()") as Promise<string>;
    return this.#transaction.now;
  }
}

/** Values as they are: no parser of the application, and none of pg's that would lose something. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [16, (text) => text === "t"], // boolean
  [17, pg.types.getTypeParser(17, "text")], // bytea
  ...[21, 23, 700, 701].map((oid) => [oid, Number] as const), // smallint, integer, real, double precision
  // Arrays of these, of texts, and of what is text here.
  ...[1000, 1001, 1005, 1007, 1009, 1014, 1015, 1021, 1022, 2951].map(
    (oid) => [oid, pg.types.getTypeParser(oid, "text")] as const,
  ),
  ...[199, 1016, 1115, 1182, 1183, 1185, 1187, 1231, 3807].map(
    (oid) => [oid, pg.types.getTypeParser(1009 as number, "text")] as const,
  ),
]);

const EXACT = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? String,
} as unknown as CustomTypesConfig;

/** A value for pg, which would send a negative zero as 0. */
function bound(value: unknown): unknown {
  return Object.is(value, -0) ? "-0" : value;
}

/** A name, quoted: `"public"."Order"`. */
function identifier(...parts: string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}

/** A table, for the statements whose columns the caller chooses. */
export class Table<R extends Row> {
  readonly name: string;
  /** Its primary key. */
  readonly key: readonly string[];
  /**
   * The columns that foreign keys stand on, its own and those of the tables whose rows name rows of
   * this one.
   */
  readonly linked: readonly string[];

  constructor(
    schema: string,
    name: string,
    columns: { key: readonly string[]; linked: readonly string[] },
  ) {
    this.name = identifier(schema, name);
    this.key = columns.key;
    this.linked = columns.linked;
  }

  /** Whether a change of these columns can touch a foreign key. */
  links(changes: Row): boolean {
    return this.linked.some((column) => given(changes, column));
  }

  /** Store a row, with defaults for other columns; gives it as stored. */
  async insert(work: Work, values: Row): Promise<R> {
    const columns = Object.keys(values).filter((column) => given(values, column));
    const names = columns.map((column) => identifier(column)).join(", ");
    const marks = columns.map((_, i) => `$${i + 1}`).join(", ");
    const shape = columns.length > 0 ? `(${names}) VALUES (${marks})` : "DEFAULT VALUES";
    const stored = await work.row<R>(
      `INSERT INTO ${this.name} ${shape} RETURNING *`,
      pick(values, ...columns),
    );
    return stored as R;
  }

  /** The row with this primary key, which nobody else changes meanwhile. */
  async lock(work: Work, key: Key): Promise<R | undefined> {
    return work.row(`SELECT * FROM ${this.name} WHERE ${this.#isKey(1)} FOR UPDATE`, key);
  }

  /** Change the row with this primary key; gives it as stored, if there is one. */
  async update(work: Work, key: Key, changes: Row): Promise<R | undefined> {
    const columns = Object.keys(changes).filter((column) => given(changes, column));
    if (columns.length === 0) {
      return this.lock(work, key);
    }
    const pairs = columns.map((column, i) => `${identifier(column)} = $${i + 1}`).join(", ");
    const where = this.#isKey(columns.length + 1);
    const values = [...pick(changes, ...columns), ...key];
    return work.row(`UPDATE ${this.name} SET ${pairs} WHERE ${where} RETURNING *`, values);
  }

  /** Remove the row with this primary key; gives it, if there was one. */
  async delete(work: Work, key: Key): Promise<R | undefined> {
    return work.row(`DELETE FROM ${this.name} WHERE ${this.#isKey(1)} RETURNING *`, key);
  }

  #isKey(first: number): string {
    return this.key.map((column, i) => `${identifier(column)} = $${first + i}`).join(" AND ");
  }
}

/** Whether the object itself has a value there; null is one. */
function given(values: Row, column: string): boolean {
  return Object.hasOwn(values, column) && values[column] !== undefined;
}

/** The values of these columns. */
export function pick(row: Row, ...columns: string[]): Key {
  return columns.map((column) => row[column]);
}

/** Whether one of these columns has another value now: 1.00 is another than 1.0. */
export function changed(old: Row, now: Row, ...columns: string[]): boolean {
  return keyText(pick(old, ...columns)) !== keyText(pick(now, ...columns));
}

/** Whether one of the values is NULL. */
export function hasNull(key: Key): boolean {
  return key.includes(null);
}

/** A text that two keys share only if they are the same. */
function keyText(key: Key): string {
  return JSON.stringify(key.map((value) => (value === null ? null : shown(value))));
}

/** A value as PostgreSQL shows it. */
function shown(value: unknown): string {
  if (typeof value === "boolean") {
    return value ? "t" : "f";
  }
  if (Buffer.isBuffer(value)) {
    return `\\x${value.toString("hex")}`;
  }
  return value === null ? "null" : Object.is(value, -0) ? "-0" : String(value);
}

/** What an error of PostgreSQL says besides its message, by node-postgres' names. */
export interface Details {
  detail?: string;
  hint?: string;
  schema?: string;
  table?: string;
  column?: string;
  dataType?: string;
  constraint?: string;
}

/** An error as node-postgres throws it when the database refuses something. */
export function failure(code: string, message: string, details: Details = {}): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, "error");
  return Object.assign(error, { severity: "ERROR", code, ...details });
}

/** A foreign key and its errors (SQLSTATE 23503); tables as [schema, name]. */
export class ForeignKey {
  readonly #name: string;
  readonly #table: readonly [string, string];
  readonly #columns: readonly string[];
  readonly #references: readonly [string, string];
  readonly #referencedColumns: readonly string[];

  constructor(key: {
    name: string;
    table: readonly [string, string];
    columns: readonly string[];
    references: readonly [string, string];
    referencedColumns: readonly string[];
  }) {
    this.#name = key.name;
    this.#table = key.table;
    this.#columns = key.columns;
    this.#references = key.references;
    this.#referencedColumns = key.referencedColumns;
  }

  /** The row as it was when its columns still held `key`. */
  before<R extends Row>(row: R, key: Key): R {
    return { ...row, ...Object.fromEntries(this.#columns.map((column, i) => [column, key[i]])) };
  }

  /** There is no row that `key` names. */
  missing(key: Key): pg.DatabaseError {
    const detail = `${keyDetail(this.#columns, key)} is not present in table`;
    return this.#refused(`${detail} "${this.#references[1]}".`);
  }

  /** MATCH FULL and a key with a NULL beside a value. */
  mixed(): pg.DatabaseError {
    return this.#refused("MATCH FULL does not allow mixing of null and nonnull key values.");
  }

  /** A row that `key` names is gone, and a row still names it. */
  stillReferenced(key: Key): pg.DatabaseError {
    const detail = `${keyDetail(this.#referencedColumns, key)} is still referenced from`;
    return this.#violation(
      `update or delete on table "${this.#references[1]}" violates ` +
        `foreign key constraint "${this.#name}" on table "${this.#table[1]}"`,
      `${detail} table "${this.#table[1]}".`,
    );
  }

  #refused(detail: string): pg.DatabaseError {
    return this.#violation(
      `insert or update on table "${this.#table[1]}" violates ` +
        `foreign key constraint "${this.#name}"`,
      detail,
    );
  }

  #violation(message: string, detail: string): pg.DatabaseError {
    const [schema, table] = this.#table;
    return failure("23503", message, { detail, schema, table, constraint: this.#name });
  }
}

function keyDetail(columns: readonly string[], key: Key): string {
  return `Key (${columns.join(", ")})=(${key.map(shown).join(", ")})`;
}
