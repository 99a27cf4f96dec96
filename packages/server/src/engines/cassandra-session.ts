// What store and directory say to Cassandra, whatever driver carries it: a read or write at LOCAL_QUORUM, a conditional
// write, tables made. It never decides what a row means.
import { Refused } from '../kernel/result.ts';
/** What a cluster is reached with. */
export interface CassandraParts {
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly tls?: boolean;
  readonly user?: { readonly name: string; readonly password: string };
  /** Allows fewer than three copies. */
  readonly unsafe?: boolean;
}

/** What stands in a column. An integer is a number, whatever its width there. */
export type Value = string | number | boolean | Uint8Array | null;
/** By the names of the columns. */
export type Row = Readonly<Record<string, Value>>;

/** One write. */
export interface Statement {
  readonly query: string;
  readonly params: readonly Value[];
}

/** Some rows of an answer, and where it goes on; null: nowhere. */
export interface Page {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/** What one user of the keyspace needs there. */
export interface Schema {
  readonly name: string;
  /**
   * Step n brings version n to n + 1; a released one never changes. Statements that may run twice
   * (`CREATE TABLE IF NOT EXISTS`, `ALTER TABLE … ADD IF NOT EXISTS`), with `$` for the keyspace: `$.messages`.
   */
  readonly steps: readonly (readonly string[])[];
}

/** Everything that is asked of Cassandra. Every call throws {Unavailable} when the cluster cannot serve it now. */
export interface CassandraSession {
  readonly keyspace: string;
  /** Makes what is missing of a schema, one process at a time. @throws {EngineRefused} a newer one is there */
  migrate(schema: Schema): Promise<void>;
  /** A statement that makes or drops, one at a time only. Every node knows it when it resolves. */
  define(statement: string): Promise<void>;
  /** All rows of an answer that is known to be short. `serial`: after everything that was claimed. */
  read(query: string, params: readonly Value[], options?: { readonly serial?: boolean }): Promise<readonly Row[]>;
  /** A page of a long answer. */
  page(query: string, params: readonly Value[], from: string | null, rows?: number): Promise<Page>;
  /** Stands on a quorum when it resolves. `stamp` is the time of the cells in µs; an older one loses. */
  write(query: string, params: readonly Value[], options?: { readonly stamp?: number }): Promise<void>;
  /** The same of several rows of ONE partition, seen together or not at all by readers of it. */
  batch(statements: readonly Statement[], options?: { readonly stamp?: number }): Promise<void>;
  /**
   * A conditional write. Null: it was made; else what stands in its way (no columns when nothing does).
   * It is not tried again: after a fault whether it was made shows in a serial read.
   */
  claim(query: string, params: readonly Value[]): Promise<Row | null>;
  /** The same of several writes to ONE partition of one table: all of them, or none: false. */
  claimAll(statements: readonly Statement[]): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The cluster is not fit to be used, in words for the operator. */
export class EngineRefused extends Refused {
  override name = 'EngineRefused';
}
