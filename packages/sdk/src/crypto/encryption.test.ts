// The provider of encrypted conversations over a place that opens its keys when the test says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import { accountId, HandClock, HandHttp, seededRandom, settle } from '../fixture.ts';
import type { CryptoParts } from '../ports.ts';
import { encryptedCrypto, type KeyPlace } from './encryption.ts';
import type { KeyMachine } from './key-machine.ts';

/** Keys that take their time, and how many of them are open. */
class SlowPlace implements KeyPlace {
  opened = 0;
  closed = 0;
  #open: () => void = () => {};

  async open(): Promise<KeyMachine> {
    await new Promise<void>((resolve) => {
      this.#open = resolve;
    });
    this.opened++;
    return {
      start: async () => 'needs_linking',
      close: async () => void this.closed++,
    } as Partial<KeyMachine> as KeyMachine;
  }

  async wipe(): Promise<void> {}

  async letOpen(): Promise<void> {
    this.#open();
    await settle();
  }
}

function partsWith(clock: HandClock, secrets: Partial<CryptoParts['secrets']> = {}): CryptoParts {
  return {
    account: accountId(1),
    device: `d_${'A'.repeat(22)}` as DeviceId,
    http: new HandHttp(),
    clock,
    random: seededRandom(1),
    secrets: { get: async () => undefined, put: async () => {}, ...secrets },
    onKey: () => {},
    onReady: () => {},
    onChanged: () => {},
    onUnopened: () => {},
    onLost: () => {},
  };
}

test('[ENC47] keys that are just being opened when the client is closed are closed too, before anything else is', async () => {
  const place = new SlowPlace();
  const crypto = encryptedCrypto(place);
  crypto.start(partsWith(new HandClock()));
  await settle();
  let isOver = false;
  const closing = crypto.close().then(() => {
    isOver = true;
  });
  await settle();
  assert.equal(isOver, false);
  await place.letOpen();
  await closing;
  assert.deepEqual([place.opened, place.closed], [1, 1]);
});

test('[ENC47] keys are closed when what belongs to them cannot be read, and only then opened again', async () => {
  const place = new SlowPlace();
  const clock = new HandClock();
  let fails = true;
  const put = async () => {
    if (fails) throw new Error('the disk is full');
  };
  const crypto = encryptedCrypto(place);
  crypto.start(partsWith(clock, { put }));
  await settle();
  await place.letOpen();
  assert.deepEqual([place.opened, place.closed], [1, 1]);
  fails = false;
  await clock.advance(60_000);
  await place.letOpen();
  assert.deepEqual([place.opened, place.closed], [2, 1]);
  await crypto.close();
  assert.equal(place.closed, 2);
});

test('[ENC247] why the keys cannot be opened is told, and they are opened as soon as somebody tries again', async () => {
  const place = new SlowPlace();
  const clock = new HandClock();
  let isLost = true;
  const crypto = encryptedCrypto({
    open: async () => {
      if (isLost) throw new ChatError('client.crypto', { cause: new Error('wasm: 404') });
      return place.open();
    },
    wipe: async () => {},
  });
  crypto.start(partsWith(clock));
  await settle();
  assert.deepEqual([crypto.desk?.snapshot.phase, crypto.desk?.snapshot.problem], ['opening', 'client.crypto']);
  await assert.rejects(crypto.desk?.ask('openKeys') ?? Promise.resolve(), { code: 'client.crypto' });
  isLost = false;
  const opened = crypto.desk?.ask('openKeys');
  await settle();
  await place.letOpen();
  await opened;
  assert.equal(crypto.desk?.snapshot.problem, null);
  await crypto.close();
  assert.equal(place.closed, 1);
});
