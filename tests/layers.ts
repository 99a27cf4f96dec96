// Who may import whom, once, as data. `tidy.test.ts` enforces it, ARCHITECTURE.md explains it. A new edge is a decision:
// it needs a line in its commit. The first layer whose patterns match a file owns it.

export type Layer = {
  readonly name: string;
  /** Patterns of the files it owns. */
  readonly files: readonly string[];
  /** Layers that it may import beside itself; a `*` stands for any letters. */
  readonly may: readonly string[];
  /** Layers that it may not import although `may` says so. */
  readonly not?: readonly string[];
  /** npm packages and `node:` modules that it may import. */
  readonly packages: readonly string[];
  /** It may ask the host: clock, timers, chance, environment. */
  readonly host?: true;
  /** Its files are adapters of one port, which never see each other. */
  readonly adapters?: true;
  /** Names of the protocol that it never sees. */
  readonly never?: RegExp;
};

const server = 'packages/server/src';

/** An adapter's own layer: its port, the vocabulary, its driver. */
const adapters = (folder: string, packages: readonly string[], may: readonly string[] = []): Layer => ({
  name: `${folder} adapters`,
  files: [`${server}/${folder}/**`],
  may: ['protocol', 'kernel', 'kernel host', `${folder} port`, ...may],
  packages,
  host: true,
  adapters: true,
});

const port = (folder: string, files: readonly string[], packages: readonly string[] = []): Layer => ({
  name: `${folder} port`,
  files: files.map((file) => `${server}/${folder}/${file}`),
  may: ['protocol', 'kernel', 'records'],
  packages,
});

const anything = { may: ['*'], packages: ['*'], host: true } as const;

/** Every layer of the server, for those who never see it. */
const serverLayers = [
  'kernel*',
  'records',
  '* port',
  '* adapters',
  'engines',
  'move',
  'sequencer',
  'visibility',
  'accounts',
  'keys',
  'messages',
  'sequencing',
  'listener',
  'gateway',
  'config',
  'host',
  'compose',
  'main',
];

/** Tests beside the source and what only they use. They see all of their package, and of others what that one may. */
const unitTests = (name: string, not: readonly string[]): Layer => ({
  name: name === '*' ? 'unit tests' : `${name} unit tests`,
  files: [
    `packages/${name}/**/*.test.{ts,mjs}`,
    `packages/${name}/**/*.contract.ts`,
    `packages/${name}/**/{fixture,*-fixture,stage,sample-*}.ts`,
  ],
  ...anything,
  not,
});

export const layers: readonly Layer[] = [
  // Whoever tests may see everything of what is tested.
  { name: 'tests', files: ['tests/**', 'bench/**'], ...anything },
  { name: 'scripts', files: ['scripts/**'], ...anything },
  unitTests('sdk', [...serverLayers, 'views', 'view-models', 'web', 'cli']),
  unitTests('server', ['sdk*', 'views', 'view-models', 'web', 'cli']),
  unitTests('*', []),

  // The vocabulary.
  { name: 'protocol', files: ['packages/protocol/src/**'], may: [], packages: ['typebox'] },

  // The client side.
  {
    name: 'sdk platform',
    files: ['packages/sdk/src/platform/**'],
    may: ['protocol', 'sdk', 'sdk olm'],
    packages: ['idb', 'node:*'],
    host: true,
  },
  {
    name: 'sdk primitives',
    files: ['packages/sdk/src/crypto/{primitives,sha256,signing}.ts'],
    may: [],
    packages: ['@hpke/core', '@noble/hashes', '@scure/bip39'],
    host: true,
  },
  {
    name: 'sdk olm',
    files: ['packages/sdk/src/crypto/olm/**'],
    may: ['protocol', 'sdk', 'sdk primitives'],
    packages: ['@matrix-org/matrix-sdk-crypto-wasm'],
  },
  { name: 'sdk', files: ['packages/sdk/src/**'], may: ['protocol', 'sdk primitives'], packages: [] },
  { name: 'sdk host', files: ['packages/sdk/anywhere.d.ts'], may: [], packages: [] },

  // The server: vocabulary and ports.
  {
    name: 'kernel host',
    files: [`${server}/kernel/{clock,random,events}.ts`],
    may: ['protocol', 'kernel'],
    packages: ['node:*', 'pino', 'prom-client'],
    host: true,
  },
  { name: 'kernel', files: [`${server}/kernel/**`], may: ['protocol', 'kernel host'], packages: [] },
  {
    name: 'records',
    files: [`${server}/sequencer/{record,record-codec,envelope,rfc3339,conversation-ids,entry-hash,pending-state}.ts`],
    may: ['protocol', 'kernel', 'store port', 'log port'],
    packages: ['node:crypto'],
  },
  port('log', ['log.ts', 'disk.ts', 'partitions.ts', 'ownership.ts']),
  port('store', ['store.ts', 'keys.ts', 'blank.ts'], ['node:crypto']),
  port('directory', ['directory.ts', 'keys.ts', 'answers.ts', 'files.ts', 'reports.ts']),
  { ...port('bus', ['bus.ts']), may: ['protocol', 'kernel', 'records', 'store port'] },
  port('presence', ['presence.ts']),
  port('ephemeral', ['ephemeral.ts']),
  port('media', ['blobs.ts', 'pieces.ts', 'blob-id.ts'], ['node:crypto']),

  // The server: what decides. Nothing here waits for a host.
  {
    name: 'sequencer',
    files: [`${server}/sequencer/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', 'log port', 'store port', 'bus port'],
    packages: [],
  },
  {
    name: 'visibility',
    files: [`${server}/presence/visibility.ts`],
    may: ['protocol', 'kernel', 'presence port', 'directory port'],
    packages: [],
  },
  {
    name: 'accounts',
    files: [`${server}/accounts/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', '* port', 'visibility'],
    packages: ['node:crypto', '@node-rs/argon2'],
  },
  {
    name: 'keys',
    files: [`${server}/keys/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', '* port', 'accounts'],
    packages: ['node:crypto'],
  },
  {
    name: 'messages',
    files: [`${server}/messages/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', '* port', 'visibility', 'accounts'],
    packages: [],
  },

  // How use cases see sequencers, here or elsewhere.
  {
    name: 'sequencing',
    files: [`${server}/sequencing/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', 'sequencer', 'messages', '* port'],
    packages: [],
  },

  // The server: engines, one folder a port; what two ports say to one engine stands once.
  {
    name: 'engines',
    files: [`${server}/engines/**`],
    may: ['protocol', 'kernel', 'kernel host'],
    packages: ['node:*', 'cassandra-driver', 'ioredis'],
    host: true,
  },
  adapters('log', ['node:*', '@node-rs/crc32', '@platformatic/kafka']),
  adapters('store', ['node:*'], ['engines']),
  adapters('directory', ['node:*'], ['engines']),
  adapters('bus', ['node:*'], ['engines', 'records', 'store port']),
  adapters('presence', ['node:*'], ['engines']),
  adapters('ephemeral', ['node:*'], ['engines']),
  adapters('media', ['node:*', 'aws4fetch']),

  // From the engines of one server to those of a cluster: it knows the rows of both.
  {
    name: 'move',
    files: [`${server}/move/**`],
    may: [
      'protocol',
      'kernel',
      'kernel host',
      '* port',
      'store adapters',
      'directory adapters',
      'log adapters',
      'engines',
    ],
    packages: ['node:*'],
    host: true,
  },

  // The server: sockets, and what holds it together.
  {
    name: 'listener',
    files: [
      `${server}/gateway/{listener,doors,addresses,connections,secure-request,http,http-*,web-socket-wire,rest,rest-*,documents,metrics,control}.ts`,
    ],
    may: ['protocol', 'kernel', 'kernel host', 'records', '* port', 'messages', 'accounts', 'visibility', 'gateway'],
    packages: ['node:*', 'typebox', 'ws', 'fastify'],
    host: true,
  },
  {
    name: 'gateway',
    files: [`${server}/gateway/**`],
    may: ['protocol', 'kernel', 'kernel host', 'records', '* port', 'messages', 'accounts', 'visibility'],
    packages: [],
  },
  {
    name: 'config',
    files: [`${server}/{config,config-*}.ts`],
    may: ['protocol', 'kernel'],
    packages: ['node:*'],
    host: true,
  },
  {
    name: 'host',
    files: [`${server}/host/**`, `${server}/version.ts`],
    may: ['protocol', 'kernel', 'kernel host', 'config'],
    packages: ['node:*', 'pino', 'qr'],
    host: true,
  },
  { name: 'compose', files: [`${server}/{compose,compose-*}.ts`], ...anything },
  { name: 'main', files: [`${server}/{main,command-line}.ts`], ...anything },

  // The web app.
  {
    name: 'view-models',
    files: ['packages/web/src/{view-models,words}/**'],
    may: ['protocol', 'sdk'],
    packages: ['linkify-it', '@preact/signals'],
    never: /frame|encode|decode|codec/i,
  },
  {
    name: 'views',
    files: ['packages/web/src/{views,styles}/**'],
    may: ['protocol', 'sdk', 'view-models'],
    packages: ['preact', '@preact/signals', '@tanstack/virtual-core', 'emoji-picker-element-data', 'qr'],
    host: true,
    never: /frame|encode|decode|codec/i,
  },
  {
    name: 'web',
    files: ['packages/web/src/*', 'packages/web/vite.config.ts'],
    may: ['protocol', 'sdk', 'sdk platform', 'view-models', 'views'],
    packages: ['preact', '@preact/signals', 'vite', 'node:*'],
    host: true,
  },

  // What the documents show.
  { name: 'examples', files: ['docs/examples/**'], may: ['sdk', 'sdk platform'], packages: [], host: true },

  // The command line.
  {
    name: 'cli',
    files: ['packages/cli/**'],
    may: ['protocol', 'sdk', 'sdk platform', 'main', 'config', 'scripts'],
    packages: ['commander', 'ink', 'react', 'qr', 'node:*'],
    host: true,
  },
];
