// One session with a Cassandra cluster by the driver. A statement is prepared once; a read or write at LOCAL_QUORUM
// survives the death of a node; a fault is `Unavailable`. It never gives a statement a time of its own: that is the
// caller's stamp, or the engine's clock.
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type Host, type QueryOptions, types } from 'cassandra-driver';
import { assert } from '../kernel/assert.ts';
import { cassandraMs, cassandraPageRows } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { agree, type Nodes } from './cassandra-agreement.ts';
import { openKeyspace } from './cassandra-keyspace.ts';
import { BoundedRetry, CoordinatorTime, ReadPace, ReadsTwice } from './cassandra-policies.ts';
import { migrate } from './cassandra-schema.ts';
import type { CassandraParts, CassandraSession, Page, Row, Schema, Statement, Value } from './cassandra-session.ts';
import { EngineRefused } from './cassandra-session.ts';

/** Opens the keyspace, and makes it where it is missing. @throws {EngineRefused | Unavailable} */
export async function openCassandra(parts: CassandraParts): Promise<CassandraSession> {
  const pace = new ReadPace();
  const client = new Client({
    contactPoints: parts.contactPoints.map((host) => (host.includes(':') ? `[${host}]` : host)),
    localDataCenter: parts.dataCenter,
    protocolOptions: { port: parts.port, maxSchemaAgreementWaitSeconds: 0 },
    socketOptions: { connectTimeout: cassandraMs.connect, readTimeout: cassandraMs.request },
    ...(parts.user && { credentials: { username: parts.user.name, password: parts.user.password } }),
    ...(parts.tls && { sslOptions: { rejectUnauthorized: true } }),
    encoding: { copyBuffer: true, useUndefinedAsUnset: false },
    policies: {
      retry: new BoundedRetry(),
      speculativeExecution: new ReadsTwice(pace),
      timestampGeneration: new CoordinatorTime(),
    },
    queryOptions: {
      consistency: types.consistencies.localQuorum,
      serialConsistency: types.consistencies.localSerial,
      prepare: true,
    },
    monitorReporting: { enabled: false },
  });
  try {
    await client.connect();
    const session = new Session(client, parts.keyspace, pace);
    await openKeyspace(session, parts);
    return session;
  } catch (cause) {
    await client.shutdown();
    throw cause instanceof EngineRefused ? cause : unavailable(cause);
  }
}

class Session implements CassandraSession {
  readonly keyspace: string;
  readonly #client: Client;
  readonly #pace: ReadPace;
  #closed = false;

  constructor(client: Client, keyspace: string, pace: ReadPace) {
    this.#client = client;
    this.#pace = pace;
    this.keyspace = keyspace;
  }

  migrate(schema: Schema): Promise<void> {
    return migrate(this, schema);
  }

  async define(statement: string): Promise<void> {
    // Never tried again elsewhere: two nodes that make one table at once make two.
    await this.#ask(statement, [], { isIdempotent: false, prepare: false, readTimeout: cassandraMs.define });
    if (!(await agree(nodesOf(this.#client))))
      throw new Unavailable('The nodes of Cassandra do not agree about its tables.');
  }

  async read(query: string, params: readonly Value[], { serial = false } = {}): Promise<readonly Row[]> {
    const consistency = serial ? types.consistencies.localSerial : types.consistencies.localQuorum;
    const askedAt = performance.now();
    const found = await this.#ask(query, params, {
      isIdempotent: true,
      consistency,
      fetchSize: cassandraPageRows,
    }).finally(() => this.#pace.took(performance.now() - askedAt));
    assert(found.pageState === null || found.pageState === undefined, 'an answer is longer than a page');
    return (found.rows ?? []).map(rowOf);
  }

  async page(query: string, params: readonly Value[], from: string | null, rows = cassandraPageRows): Promise<Page> {
    const found = await this.#ask(query, params, {
      isIdempotent: true,
      fetchSize: rows,
      ...(from !== null && { pageState: from }),
    });
    return { rows: (found.rows ?? []).map(rowOf), next: found.pageState ?? null };
  }

  async write(query: string, params: readonly Value[], { stamp }: { readonly stamp?: number } = {}): Promise<void> {
    await this.#ask(query, params, { isIdempotent: true, ...(stamp !== undefined && { timestamp: stamp }) });
  }

  async batch(statements: readonly Statement[], { stamp }: { readonly stamp?: number } = {}): Promise<void> {
    assert(statements.length > 0, 'a batch has a statement');
    const queries = statements.map(({ query, params }) => ({ query, params: params.map(paramOf) }));
    const options = { isIdempotent: true, logged: false, ...(stamp !== undefined && { timestamp: stamp }) };
    await this.#guard(() => this.#client.batch(queries, { prepare: true, ...options }));
  }

  async claim(query: string, params: readonly Value[]): Promise<Row | null> {
    const [row] = (await this.#ask(query, params, { isIdempotent: false })).rows.map(rowOf);
    assert(row !== undefined, 'a claim is a conditional write');
    const { '[applied]': applied, ...there } = row;
    return applied === true ? null : there;
  }

  async claimAll(statements: readonly Statement[]): Promise<boolean> {
    const queries = statements.map(({ query, params }) => ({ query, params: params.map(paramOf) }));
    const options = { isIdempotent: false, logged: false, prepare: true };
    const [row] = (await this.#guard(() => this.#client.batch(queries, options))).rows;
    assert(row !== undefined, 'a claim is a conditional write');
    return row.get('[applied]') === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.shutdown();
  }

  #ask(query: string, params: readonly Value[], options: QueryOptions): Promise<types.ResultSet> {
    return this.#guard(() => this.#client.execute(query, params.map(paramOf), options));
  }

  async #guard(work: () => Promise<types.ResultSet>): Promise<types.ResultSet> {
    if (this.#closed) throw new Unavailable('The session with Cassandra is closed.');
    for (let waited = 0; ; waited += cassandraMs.lockRetry) {
      try {
        return await work();
      } catch (cause) {
        if (!isNotThereYet(cause) || waited >= cassandraMs.newTable) throw unavailable(cause);
        await wait(cassandraMs.lockRetry);
      }
    }
  }
}

function nodesOf(client: Client): Nodes {
  const version = async (host: Host): Promise<string> => {
    const { rows } = await client.execute('SELECT schema_version FROM system.local', [], { host, prepare: false });
    return String(rows[0]?.get('schema_version'));
  };
  const metadata = client.metadata as typeof client.metadata & { checkSchemaAgreement(): Promise<boolean> };
  return {
    versions: () => Promise.all(client.hosts.values().map(version)),
    heard: () => metadata.checkSchemaAgreement(),
  };
}

/** A table that was made a moment ago is known to one node, and not yet to the next one that is asked. */
function isNotThereYet(cause: unknown): boolean {
  const { code, message } = Object(cause) as { readonly code?: unknown; readonly message?: unknown };
  return (
    code === types.responseErrorCodes.invalid && /(does not|doesn't) exist|unconfigured table/.test(String(message))
  );
}

/** A statement that the engine does not understand is a bug of ours; everything else is the world. */
function unavailable(cause: unknown): Error {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  const { syntaxError, invalid } = types.responseErrorCodes;
  if (cause instanceof Error && (cause instanceof TypeError || code === syntaxError || code === invalid)) return cause;
  return new Unavailable('Cassandra cannot serve this now.', { cause });
}

/** The driver takes bytes as a Buffer only. */
function paramOf(value: Value): Exclude<Value, Uint8Array> | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function rowOf(found: types.Row): Row {
  const row: Record<string, Value> = {};
  for (const name of found.keys()) row[name] = valueFrom(found.get(name));
  return row;
}

function valueFrom(found: unknown): Value {
  if (found === null || found === undefined) return null;
  if (types.Long.isLong(found)) {
    const value = found.toNumber();
    assert(Number.isSafeInteger(value), 'an integer that we wrote is one that we can read');
    return value;
  }
  if (found instanceof Uint8Array) return new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  return found as string | number | boolean;
}
