// What a run consists of: every suite with its rows, in the order in which they are done. What this machine lacks is
// noted with its reason. The server is shared by the suites; only the one that measures memory has it to itself.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { compileLoader } from './loader.ts';
import type { Measure } from './measure.ts';
import { type Bench, Servers } from './parley.ts';
import { absence, peers } from './peers.ts';
import { seed } from './seed.ts';
import type { Sizes } from './sizes.ts';
import { beside } from './suites/beside.ts';
import { clusterInMemory, clusterOnEngines, missingEngines } from './suites/cluster.ts';
import { connections } from './suites/connections.ts';
import { encryption } from './suites/encryption.ts';
import { engines } from './suites/engines.ts';
import { firstMessage } from './suites/first-message.ts';
import { group } from './suites/group.ts';
import { memberList } from './suites/member-list.ts';
import { burst, latency, manyConnections, sustained, withReceipts } from './suites/messages.ts';
import { offline } from './suites/offline.ts';
import { sealedCost } from './suites/sealed-cost.ts';
import type { NotRun } from './table.ts';

/** A part of the run: its rows, and how it is done once. */
export interface Suite {
  readonly name: string;
  readonly rows: readonly string[];
  readonly run: () => Promise<readonly Measure[]>;
}

/** What a plan is made from. */
export interface PlanParts {
  readonly sizes: Sizes;
  /** A folder for this run. */
  readonly work: string;
  /** Rows that were asked for; null: all of them. */
  readonly only: readonly string[] | null;
  /** Only the rows of a cluster, and only then: its engines take the machine for themselves. */
  readonly cluster?: boolean;
  /** Ends whatever runs. */
  readonly signal: AbortSignal;
  /** Takes what must be closed. */
  readonly opened: AsyncDisposableStack;
  /** Hears of what takes long. */
  readonly say?: (line: string) => void;
}

/** The suites, what cannot be run, and the worst that the load generator has cost a message so far. */
export interface Plan {
  readonly suites: readonly Suite[];
  readonly missing: readonly NotRun[];
  readonly loaderUs: Bench['loaderUs'];
}

export async function makePlan(parts: PlanParts): Promise<Plan> {
  const { sizes, work, only, signal, opened } = parts;
  if (parts.cluster === true) return clusterPlan(parts);
  const loaderUs = { worst: 0 };
  const isAsked = ({ rows }: { readonly rows: readonly string[] }) =>
    only === null
      ? rows !== browserRows && (sizes.withEncryption || !rows.includes('encryption'))
      : rows.some((row) => only.includes(row));
  const alone = aloneSuites(parts).filter(isAsked);
  const unmeasured = leftOut(only, sizes.withEncryption);
  if (!needingLoader.some(isAsked)) return { suites: alone, missing: unmeasured, loaderUs };
  const compiled = await compileLoader();
  if ('missing' in compiled) {
    const missing = needingLoader.filter(isAsked).map(({ name }) => ({ name, why: compiled.missing }));
    return { suites: alone, missing: [...missing, ...unmeasured], loaderUs };
  }
  const folder = join(work, 'data');
  const lists = join(work, 'lists');
  const seeded = await seed(folder, lists, sizes.people);
  const servers = opened.use(new Servers(folder, compiled.path, signal));
  const others = besideSuites({ ...sizes.peers, loader: compiled.path, folder: lists, signal });
  const compared: Suite = {
    name: 'sealed and plain',
    rows: ['17', 'encryption'],
    run: async () => {
      await servers[Symbol.asyncDispose]();
      const parts = { work: await mkdtemp(join(work, 'compared-')), loader: compiled.path, signal };
      return [await sealedCost(parts, sizes.sealedCost)];
    },
  };
  const suites = [...ownSuites({ seeded, servers, loaderUs }, sizes), compared, ...alone, ...others.suites];
  return { suites: suites.filter(isAsked), missing: [...others.missing.filter(isAsked), ...unmeasured], loaderUs };
}

/** Rows 9: over memory, and on the engines where they can be had. */
async function clusterPlan({ sizes, work, only, signal, say = () => {} }: PlanParts): Promise<Plan> {
  const loaderUs = { worst: 0 };
  const isAsked = ({ rows }: Pick<Suite, 'rows'>) => only === null || rows.some((row) => only.includes(row));
  const compiled = await compileLoader();
  const parts = { work, signal, say, loader: 'path' in compiled ? compiled.path : '' };
  const memory = { name: 'a cluster over memory', rows: ['9-memory'] };
  const engined = { name: 'a cluster on its engines', rows: ['9', '9-busy', '9-store', '9-rate', '9-p50', '9-p99'] };
  const suites: readonly Suite[] = [
    { ...memory, run: () => clusterInMemory(parts, sizes.cluster) },
    { ...engined, run: () => clusterOnEngines(parts, sizes.cluster) },
  ].filter(isAsked);
  if ('missing' in compiled)
    return { suites: [], missing: suites.map(({ name }) => ({ name, why: compiled.missing })), loaderUs };
  const why = isAsked(engined) ? await missingEngines() : null;
  if (why === null) return { suites, missing: [], loaderUs };
  return {
    suites: suites.filter(({ name }) => name !== engined.name),
    missing: [{ name: engined.name, why }],
    loaderUs,
  };
}

type BesideParts = Parameters<typeof beside>[1];

const needingLoader: readonly Pick<Suite, 'name' | 'rows'>[] = [
  { name: 'messages and latency', rows: ['1a', '1b', '2', '3', '4'] },
  { name: 'offline', rows: ['6'] },
  { name: 'group', rows: ['7'] },
  { name: 'connections', rows: ['5', '10'] },
  { name: 'sealed and plain', rows: ['17', 'encryption'] },
  ...peers.map(({ name, title }) => ({ name: title, rows: ['peers', name] })),
];

/** Run only when they are named. */
const browserRows: readonly string[] = ['chromium', '18', '18-open', '18-import', '19', '19-page'];
/** So that nobody takes their goals for held. */
const browser: NotRun = { name: 'encryption in Chromium', why: 'it is run by --only chromium' };

/** What a run with these rows leaves out although the rows of encryption are in it. */
export function leftOut(only: PlanParts['only'], withEncryption: boolean): readonly NotRun[] {
  const isIn = only === null ? withEncryption : only.includes('encryption');
  return isIn && !browserRows.some((row) => only?.includes(row)) ? [browser] : [];
}

/** Those that need neither the load generator nor the seeded people. */
function aloneSuites({ sizes, work, signal }: PlanParts): readonly Suite[] {
  const fresh = (name: string) => mkdtemp(join(work, name));
  return [
    { name: 'log and store alone', rows: ['8'], run: () => engines(sizes.engines, signal) },
    {
      name: 'encryption of a device',
      rows: ['11', '12', '13', '14', '15', 'encryption'],
      run: async () => encryption(await fresh('keys-'), sizes.encryption, signal),
    },
    {
      name: 'first message of a client',
      rows: ['16', '11-client', 'encryption'],
      run: async () => firstMessage(await fresh('clients-'), sizes.firstMessage, signal),
    },
    {
      name: 'signed member list',
      rows: ['20', 'encryption'],
      run: () => memberList(sizes.listEntries, signal),
    },
    {
      name: 'encryption in Chromium',
      rows: browserRows,
      run: async () => {
        // What drives a browser is loaded by nothing else.
        const { chromium } = await import('./suites/chromium.ts');
        return chromium(await fresh('chromium-'), sizes.chromium, signal);
      },
    },
  ];
}

function ownSuites(bench: Bench, sizes: Sizes): readonly Suite[] {
  const one = (name: string, row: string, run: () => Promise<Measure>): Suite => ({
    name,
    rows: [row],
    run: async () => [await run()],
  });
  return [
    // First: it begins with a fresh server, and that starts fastest while the data is small.
    { name: 'connections', rows: ['5', '10'], run: () => connections(bench, sizes.connections) },
    one('burst', '1a', () => burst(bench, sizes.messages)),
    one('sustained', '1b', () => sustained(bench, sizes.messages)),
    one('many connections', '2', () => manyConnections(bench, sizes.messages)),
    one('receipts', '3', () => withReceipts(bench, sizes.messages)),
    { name: 'latency', rows: ['4'], run: () => latency(bench, sizes.messages) },
    one('group', '7', () => group(bench, sizes.group)),
    one('offline', '6', () => offline(bench, sizes.offline)),
  ];
}

function besideSuites(parts: BesideParts): {
  readonly suites: readonly Suite[];
  readonly missing: readonly (NotRun & { readonly rows: readonly string[] })[];
} {
  const all = peers.map((peer) => ({ peer, rows: ['peers', peer.name], why: absence(peer) }));
  return {
    suites: all.flatMap(({ peer, rows, why }) =>
      why === null ? [{ name: peer.title, rows, run: () => beside(peer, parts) }] : [],
    ),
    missing: all.flatMap(({ peer, rows, why }) => (why === null ? [] : [{ name: peer.title, rows, why }])),
  };
}
