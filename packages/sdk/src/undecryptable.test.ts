// Messages that could not be opened are counted by reason, each once, and the server is told the numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, record, Stage, wire } from './client-fixture.ts';
import { plainCrypto } from './crypto/plain.ts';
import { settle } from './fixture.ts';
import { lateKeyMs, undecryptableReportMs } from './limits.ts';
import type { CryptoParts, CryptoProvider, Opened } from './ports.ts';
import type { EncryptionView } from './views.ts';

const report = 'POST /v1/keys/undecryptable';

/** A device with keys, to which messages come as the test wants them to open: by the first word of their content. */
async function openDevice(phase: EncryptionView['phase'] = 'ready') {
  const keys = { parts: null as CryptoParts | null, has: false, phase };
  const listeners = new Set<() => void>();
  const open: CryptoProvider['open'] = async (opening): Promise<Opened> => {
    if (opening.format !== 'sealed') return plainCrypto.open(opening);
    if (opening.content === 'never') return { body: null, reason: 'no_key', session: 't' };
    if (opening.content === 'no_key')
      return keys.has ? { body: { type: 'text', text: 'late' } } : { body: null, reason: 'no_key', session: 's' };
    return { body: null, reason: opening.content as 'altered' | 'broken' | 'not_trusted', session: null };
  };
  const crypto: Partial<CryptoProvider> = {
    start: (parts) => {
      keys.parts = parts;
    },
    open,
    desk: {
      get snapshot(): EncryptionView {
        return { phase: keys.phase, recovery: 'offered', changed: [], comparison: null, pairing: null };
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      ask: async () => null as never,
    },
  };
  const stage = await Stage.open(undefined, 1, { crypto });
  await stage.up([wire(chat)]);
  for (const listener of listeners) listener();
  const hear = (seq: number, content: string) => stage.push(record(chat, seq, { content, format: 'sealed' }));
  const told = () => stage.http.asked.filter(({ method, path }) => `${method} ${path}` === report);
  const counts = () => stage.client.encryption.undecryptable.snapshot;
  return { stage, keys, listeners, hear, told, counts };
}

const zero = { waiting: 0, no_key: 0, not_trusted: 0, altered: 0, broken: 0, to_device: 0 };

test('[OBS5] what nothing can help is counted at once and once; reports say what is new since the last', async () => {
  const { stage, hear, told, counts } = await openDevice();
  stage.http.on(report, {});
  await stage.push(record(chat, 1));
  await hear(2, 'altered');
  await hear(2, 'altered');
  await hear(3, 'broken');
  await hear(4, 'broken');
  await hear(5, 'no_key');
  assert.deepEqual(counts(), { ...zero, waiting: 1, altered: 1, broken: 2 });
  await stage.clock.advance(undecryptableReportMs - 1);
  assert.equal(told().length, 0);
  await stage.clock.advance(1);
  await settle();
  await stage.clock.advance(undecryptableReportMs);
  await settle();
  assert.deepEqual(counts(), { ...zero, no_key: 1, altered: 1, broken: 2 });
  const items = told().flatMap(({ body }) => (body as { items: { reason: string; count: number }[] }).items);
  const sum = (reason: string) => items.filter((item) => item.reason === reason).map(({ count }) => count);
  assert.deepEqual([sum('altered'), sum('broken'), sum('no_key'), sum('not_trusted')], [[1], [2], [1], []]);
  assert.ok(told().length <= 2, 'at most one a minute');
  await stage.close();
});

test('[OBS5] a key that comes within a minute counts nothing; one that does not is missing', async () => {
  const { stage, keys, hear, counts } = await openDevice();
  await hear(1, 'no_key');
  await hear(2, 'never');
  assert.deepEqual(counts(), { ...zero, waiting: 2 });
  await stage.clock.advance(lateKeyMs - 1);
  keys.has = true;
  keys.parts?.onKey(chat, 's');
  await settle();
  assert.deepEqual(counts(), { ...zero, waiting: 1 });
  await stage.clock.advance(lateKeyMs);
  assert.deepEqual(counts(), { ...zero, no_key: 1 });
  await stage.close();
});

test('[OBS5] a device without keys counts nothing, and what could not be told is told later', async () => {
  const { stage, keys, listeners, hear, told, counts } = await openDevice('needs_linking');
  await hear(1, 'broken');
  await hear(2, 'no_key');
  await stage.clock.advance(3 * lateKeyMs);
  assert.deepEqual(counts(), { ...zero, waiting: 1 });
  keys.phase = 'ready';
  for (const listener of listeners) listener();
  stage.http.on(report, { code: 'unavailable' }, 503);
  await stage.clock.advance(2 * lateKeyMs);
  assert.deepEqual(counts(), { ...zero, no_key: 1 });
  await stage.clock.advance(undecryptableReportMs);
  await settle();
  const failed = told().length;
  assert.ok(failed > 0);
  stage.http.on(report, {});
  await stage.clock.advance(undecryptableReportMs);
  await settle();
  assert.deepEqual(told().at(-1)?.body, { items: [{ reason: 'no_key', count: 1 }] });
  const after = told().length;
  await stage.clock.advance(5 * undecryptableReportMs);
  assert.equal(told().length, after);
  await stage.close();
});

test('[ENC271] what another device sent and cannot be opened is counted, too, whoever leads tells it', async () => {
  const { stage, keys, told, counts } = await openDevice();
  stage.http.on(report, {});
  keys.parts?.onUnopened();
  keys.parts?.onUnopened();
  assert.deepEqual(counts(), { ...zero, to_device: 2 });
  await stage.clock.advance(undecryptableReportMs);
  await settle();
  assert.deepEqual(
    told().map(({ body }) => body),
    [{ items: [{ reason: 'to_device', count: 2 }] }],
  );
  await stage.close();
});
