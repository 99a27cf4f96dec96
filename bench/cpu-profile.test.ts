import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakDown, breakDownByOwner, type CpuProfile, partOf } from './cpu-profile.ts';

const frame = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});
const source = 'file:///checkout/packages/server/src/log/batch.ts';
const profile: CpuProfile = {
  startTime: 1_000,
  nodes: [frame(1, '(idle)'), frame(2, 'encode', source, 44), frame(3, '(garbage collector)'), frame(4, 'writeBuffer')],
  samples: [2, 1, 2, 3, 4, 2],
  timeDeltas: [100, 50, 100, 300, 200, 900],
};

test('[BEN9] a function has the time that was sampled in it within the span, and waiting counts nothing', () => {
  const { busyUs, functions } = breakDown(profile, { from: 1_150, to: 2_000 });
  assert.equal(busyUs, 600);
  assert.deepEqual(functions, [
    { name: '(garbage collector)', share: 0.5 },
    { name: 'writeBuffer', share: 200 / 600 },
    { name: 'encode log/batch.ts:45', share: 100 / 600 },
  ]);
});

test('[BEN9] the parts of the program have the time of their functions together', () => {
  const { parts } = breakDown(profile, { from: 0, to: 10_000 });
  assert.deepEqual(
    parts.map(({ name }) => name),
    ['log', 'garbage collection', 'system calls'],
  );
  assert.equal(
    parts.reduce((sum, { share }) => sum + share, 0),
    1,
  );
});

test('[BEN9] a part is a folder of the server, another package of ours, a library, or Node itself', () => {
  const of = (functionName: string, url: string) => partOf({ functionName, url });
  assert.equal(of('decodeFrameUp', 'file:///x/packages/protocol/src/codec.ts'), 'protocol');
  assert.equal(of('unmask', 'file:///x/node_modules/ws/lib/buffer-util.js'), 'ws');
  assert.equal(of('check', 'file:///x/node_modules/@scope/name/index.js'), '@scope/name');
  assert.equal(of('emit', 'node:events'), 'Node, in JavaScript');
  assert.equal(of('latin1Slice', ''), 'Node and V8, native');
});

test('[BEN93] what Node does counts for the package or part that had called it; the collector and Node alone stand by themselves', () => {
  const driver = 'file:///x/node_modules/ioredis/built/connector.js';
  const nodes = [
    { ...frame(1, '(root)'), children: [2, 4, 5, 6] },
    { ...frame(2, 'write', driver), children: [3] },
    { ...frame(3, 'writev'), children: [] },
    { ...frame(4, 'encode', source), children: [7] },
    frame(5, '(garbage collector)'),
    frame(6, 'processTicks', 'node:internal/process'),
    frame(7, 'from', 'node:buffer'),
  ];
  const sampled = { startTime: 0, nodes, samples: [2, 3, 4, 7, 5, 6], timeDeltas: [10, 30, 10, 10, 20, 20] };
  const owners = breakDownByOwner(sampled, { from: 0, to: 1_000 });
  assert.deepEqual(owners, [
    { name: 'ioredis', share: 0.4 },
    { name: 'log', share: 0.2 },
    { name: 'garbage collection', share: 0.2 },
    { name: 'Node by itself', share: 0.2 },
  ]);
});
