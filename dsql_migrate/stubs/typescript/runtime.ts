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

import { LOCKS_ANY_ROWS, TRANSACTION_BYTES, TRANSACTION_ROWS } from "./limits.js";

/**
 * A row by its columns' names. Numbers are numbers where they fit (smallint, integer, real, double
 * precision), booleans booleans, bytea a Buffer. All else is text to the letter, as PostgreSQL wrote
 * it: a Date would lose the microseconds of a timestamp, a number the digits of a bigint or numeric,
 * an object the order and digits of a json. So a row can be stored, compared and looked up again.
 */
export type Row = Record<string, unknown>;

/** The values of some columns, in their order. */
export type Key = readonly unknown[];

/** A row that a BEFORE trigger has in hand: nothing of it has been checked yet. */
export type Draft<R extends Row> = { [C in keyof R]: R[C] | null };

/** A condition in SQL on the columns of a table, with values for $1 and so on. */
export type Condition = readonly [text: string, values?: Key];

/** Levels of RAISE that are no errors. */
export type Level = "debug" | "log" | "info" | "notice" | "warning";

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
  /** Told what triggers RAISE below an error. */
  onNotice?: (level: Level, message: string) => void;
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
    const ended = await attemptOn(source, transaction, options.onNotice);
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
  onNotice: RunOptions["onNotice"],
): Promise<Ended<T>> {
  if (!isPool(source)) {
    return attemptWith(source, transaction, onNotice, false);
  }
  const client: PoolClient = await source.connect();
  let broken = true;
  try {
    const ended = await attemptWith(client, transaction, onNotice, true);
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
  onNotice: RunOptions["onNotice"],
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
    const result = await Work.all(client, transaction, onNotice);
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
  readonly onNotice: RunOptions["onNotice"];
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
  static async all<T>(
    client: ClientBase,
    change: (work: Work) => Promise<T>,
    onNotice?: RunOptions["onNotice"],
  ): Promise<T> {
    const atCommit = new Waiting();
    const transaction: Transaction = { client, atCommit, aborted: false, now: undefined, onNotice };
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
    const { fields, rows } = await this.#query(text, values);
    // Object.fromEntries, for a column may be called "__proto__".
    return rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])) as R);
  }

  async #query(text: string, values: Key): Promise<pg.QueryArrayResult<unknown[]>> {
    const query = { text, values: values.map(bound), rowMode: "array" as const, types: EXACT };
    return this.#transaction.client.query<unknown[]>(query);
  }

  /** The same for a statement on at most one row. */
  async row<R extends Row = Row>(text: string, values: Key = []): Promise<R | undefined> {
    return (await this.rows<R>(text, values))[0];
  }

  /** The same for one value; null where there is no row. */
  async value<V>(text: string, values: Key = []): Promise<V | null> {
    const row = await this.row(text, values);
    return row === undefined ? null : (Object.values(row)[0] as V);
  }

  /** The values of the first row in their order, if there is one. */
  async tuple<V extends unknown[]>(text: string, values: Key = []): Promise<V | undefined> {
    return (await this.#query(text, values)).rows[0] as V | undefined;
  }

  /** The same of the only row: none, or more than one, is an error (P0002, P0003), as INTO STRICT has it. */
  async only<V extends unknown[]>(text: string, values: Key = []): Promise<V> {
    const { rows } = await this.#query(text, values);
    if (rows.length > 1) {
      throw failure("P0003", "query returned more than one row");
    }
    if (rows[0] === undefined) {
      throw failure("P0002", "query returned no rows");
    }
    return rows[0] as V;
  }

  /** How many rows a statement has found or changed. */
  async count(text: string, values: Key = []): Promise<number> {
    return (await this.#query(text, values)).rowCount ?? 0;
  }

  /** Whether a statement has found or changed a row. */
  async any(text: string, values: Key = []): Promise<boolean> {
    return (await this.count(text, values)) > 0;
  }

  /** RAISE below an error. */
  tell(level: Level, message: string): void {
    this.#transaction.onNotice?.(level, message);
  }

  /** When the transaction began, as PostgreSQL writes it: now(). */
  async now(): Promise<string> {
    this.#transaction.now ??= this.value<string>("SELECT now()") as Promise<string>;
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

/**
 * A column, for rows that a BEFORE trigger looks at: its type, its default as SQL, and how many
 * characters it holds. PostgreSQL refuses longer texts before any trigger, where a cast would cut them.
 */
export type Column = readonly [name: string, type: string, fallback: string, length?: number];

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
  readonly #columns: readonly Column[];

  constructor(
    schema: string,
    name: string,
    about: {
      key: readonly string[];
      linked: readonly string[];
      columns?: readonly Column[];
    },
  ) {
    this.name = identifier(schema, name);
    this.key = about.key;
    this.linked = about.linked;
    this.#columns = about.columns ?? [];
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

  /** A new row as BEFORE triggers see it: values of the columns' types, defaults where none is given. */
  async draft(work: Work, values: Row): Promise<Draft<R>> {
    return this.#typed(work, values, this.#columns);
  }

  /** The old row with its changes, as BEFORE triggers see it. */
  async redraft(work: Work, old: R, changes: Row): Promise<Draft<R>> {
    const columns = this.#columns.filter(([name]) => given(changes, name));
    return columns.length === 0
      ? { ...old }
      : { ...old, ...(await this.#typed(work, changes, columns)) };
  }

  async #typed(work: Work, values: Row, columns: readonly Column[]): Promise<Draft<R>> {
    const bound: unknown[] = [];
    const items = columns.map(([name, type, fallback]) => {
      if (!given(values, name)) {
        return `CAST(${fallback} AS ${type}) AS ${identifier(name)}`;
      }
      bound.push(values[name]);
      return `CAST($${bound.length} AS ${type}) AS ${identifier(name)}`;
    });
    const row = (await work.row(`SELECT ${items.join(", ")}`, bound)) as Row;
    for (const [name, type, , length] of columns) {
      row[name] = length === undefined ? row[name] : fitting(row[name], type, length);
    }
    return row as Draft<R>;
  }

  /** What is to be stored of a row that BEFORE triggers have changed. */
  changes(old: R, row: Row, changes: Row): Row {
    const columns = Object.keys(row).filter(
      (name) => given(changes, name) || changed(old, row, name),
    );
    return Object.fromEntries(columns.map((name) => [name, row[name]]));
  }

  /** The rows of a condition, which nobody else changes meanwhile. */
  async find(work: Work, [text, values = []]: Condition): Promise<R[]> {
    const query = `SELECT * FROM ${this.name} WHERE ${text}`;
    if (LOCKS_ANY_ROWS) {
      return work.rows<R>(`${query} FOR UPDATE`, values);
    }
    const found: R[] = [];
    for (const row of await work.rows<R>(query, values)) {
      const locked = await this.lock(work, pick(row, ...this.key));
      if (locked !== undefined) {
        found.push(locked);
      }
    }
    return found;
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

  /** The condition that takes the row with this primary key. */
  is(key: Key): Condition {
    return [this.#isKey(1), key];
  }

  #isKey(first: number): string {
    return this.key.map((column, i) => `${identifier(column)} = $${first + i}`).join(" AND ");
  }
}

/** A text of at most so many characters; spaces behind them do not count. */
function fitting(value: unknown, type: string, length: number): unknown {
  const characters = typeof value === "string" ? [...value] : [];
  if (characters.length <= length) {
    return value;
  }
  if (characters.slice(length).some((character) => character !== " ")) {
    throw failure("22001", `value too long for type ${type}(${length})`);
  }
  return characters.slice(0, length).join("");
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
  return JSON.stringify(key.map((value) => (value === null ? null : written(value))));
}

/** A value in the message of an error: NULL is <NULL>. */
export function shown(value: unknown): string {
  return value === null ? "<NULL>" : written(value);
}

/** A value as PostgreSQL shows it. */
function written(value: unknown): string {
  if (typeof value === "boolean") {
    return value ? "t" : "f";
  }
  if (Buffer.isBuffer(value)) {
    return `\\x${value.toString("hex")}`;
  }
  return value === null ? "null" : Object.is(value, -0) ? "-0" : String(value);
}

/** Whether two rows are the same; `numeric` columns are compared by their number, 1.0 being 1.00. */
export function sameRow(one: Row, other: Row, ...numeric: string[]): boolean {
  return Object.keys(one).every((column) =>
    numeric.includes(column)
      ? same(one[column] as string | null, other[column] as string | null)
      : !changed(one, other, column),
  );
}

type Digits = string | number;

/** Which of two numbers is greater, to the last digit: less than 0, 0, or more. NaN is the greatest. */
export function compare(one: Digits, other: Digits): number {
  const [a, b] = [special(one), special(other)];
  if (a !== 0 || b !== 0) {
    return a - b;
  }
  const scale = Math.max(decimals(one), decimals(other));
  const difference = scaled(one, scale) - scaled(other, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whether two numbers are equal, or both NULL. */
export function same(one: Digits | null, other: Digits | null): boolean {
  return one === null || other === null ? one === other : compare(one, other) === 0;
}

function special(value: Digits): number {
  return { "-Infinity": -1, Infinity: 1, NaN: 2 }[String(value)] ?? 0;
}

function decimals(value: Digits): number {
  return String(value).split(".")[1]?.length ?? 0;
}

function scaled(value: Digits, scale: number): bigint {
  const [whole = "", fraction = ""] = String(value).split(".");
  return BigInt(whole + fraction.padEnd(scale, "0"));
}

/** A number as the text of a bigint or numeric. */
export function digits<V extends number | string | null>(value: V): V extends null ? null : string;
export function digits(value: number | string | null): string | null {
  return value === null ? null : String(value);
}

/** A result of arithmetic, if it fits (22003). */
export function integer(value: number, bits: 16 | 32): number {
  if (value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1)) {
    throw failure("22003", `${bits === 16 ? "smallint" : "integer"} out of range`);
  }
  return value;
}

/** The same for a bigint. */
export function bigint(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) {
    throw failure("22003", "bigint out of range");
  }
  return String(value);
}

/** What `apply` makes of two values; null where one of them is. */
export function both<A, B, V>(
  one: A | null,
  other: B | null,
  apply: (one: A, other: B) => V,
): V | null {
  return one === null || other === null ? null : apply(one, other);
}

/** Texts one behind the other; null where one of them is. */
export function joined(...parts: (string | number | null)[]): string | null {
  return parts.includes(null) ? null : parts.join("");
}

/** The numbers of FOR i IN first .. last BY step, downwards if `reverse`. */
export function* range(
  first: number | null,
  last: number | null,
  step: number | null,
  reverse: boolean,
): Generator<number> {
  if (first === null || last === null || step === null) {
    const what = first === null ? "lower bound" : last === null ? "upper bound" : "BY value";
    throw failure("22004", `${what} of FOR loop cannot be null`);
  }
  if (step <= 0) {
    throw failure("22023", "BY value of FOR loop must be greater than zero");
  }
  for (let i = first; reverse ? i >= last : i <= last; i += reverse ? -step : step) {
    yield i;
  }
}

/** Whether a change sets one of these columns: UPDATE OF. */
export function sets(changes: Row, ...columns: string[]): boolean {
  return columns.some((column) => given(changes, column));
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
  return `Key (${columns.join(", ")})=(${key.map(written).join(", ")})`;
}
