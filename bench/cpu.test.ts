import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CpuTimes, cpuTimes, perOne, residentIn, runTime, spentOf, spentUs, timesOf } from './cpu.ts';

const before: CpuTimes = new Map([
  ['1', { name: 'main', ran: 1_000_000 }],
  ['2', { name: 'store-writer', ran: 5_000_000 }],
  ['3', { name: 'has ended since', ran: 70_000_000 }],
]);
const after: CpuTimes = new Map([
  ['1', { name: 'main', ran: 3_000_000 }],
  ['2', { name: 'store-writer', ran: 9_000_000 }],
  ['4', { name: 'libuv-worker', ran: 500_000 }],
]);

test('[BEN4] all threads count, those that began between the readings too', () => {
  assert.equal(spentUs(before, after), 6_500);
});

test('[BEN4] threads are left out by name', () => {
  assert.equal(spentUs(before, after, ['store-writer', 'store-reader']), 2_500);
});

test('[BEN4] a thread that is renamed meanwhile counts once', () => {
  const renamed: CpuTimes = new Map([...after, ['2', { name: 'store-reader', ran: 9_000_000 }]]);
  assert.equal(spentUs(before, renamed), 6_500);
});

test('[BEN4] [BEN90] several processes cost what each of them does; without one of them there is no figure', () => {
  assert.equal(spentOf([before, before], [after, after]), 13_000);
  assert.equal(spentOf([before, null], [after, after]), null);
  assert.equal(spentOf([before], [after, after]), null);
  assert.deepEqual(timesOf([-1]), [null]);
});

test('[BEN4] what cannot be read is no figure', () => {
  assert.equal(spentUs(null, after), null);
  assert.equal(spentUs(before, null), null);
  assert.equal(perOne(null, 10), null);
  assert.equal(perOne(10, 0), null);
  assert.equal(perOne(10, 4), 2.5);
  assert.equal(cpuTimes(-1), null);
});

test('[BEN4] the kernel’s words are read', () => {
  assert.equal(runTime('11392430370 412734387 15389\n'), 11_392_430_370);
  assert.throws(() => runTime('x'), RangeError);
  assert.equal(residentIn('VmPeak:\t  200 kB\nVmRSS:\t  203256 kB\nThreads:\t9\n'), 203_256);
  assert.equal(residentIn('nothing of the kind'), null);
});
