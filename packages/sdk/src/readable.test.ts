// When a client says that it is caught up, while keys of its newest messages are missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, record, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import { HandKeys, sealed, session } from './hand-keys-fixture.ts';
import * as limits from './limits.ts';

test('[ENC248] a client is caught up when its newest messages are readable, or after two seconds', async () => {
  const keys = new HandKeys();
  const stage = await Stage.open(undefined, 1, { crypto: keys.provider });
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1, sealed({ type: 'text', text: 'first' })));
  let caughtUp = 0;
  const waits = async () => {
    await stage.client.caughtUp();
    caughtUp += 1;
  };
  const first = waits();
  await settle();
  await stage.clock.advance(limits.readableMs - 1);
  assert.equal(caughtUp, 0, 'its key may be on its way');
  await stage.clock.advance(1);
  await first;
  const second = waits();
  await settle();
  keys.known.add(session);
  keys.parts?.onKey(chat, session);
  await second;
  const third = waits();
  await third;
  assert.equal(caughtUp, 3);
  const ending = new AbortController();
  keys.known.clear();
  await stage.push(record(chat, 2, sealed({ type: 'text', text: 'second' })));
  const aborted = assert.rejects(stage.client.caughtUp(ending.signal), { code: 'client.aborted' });
  await settle();
  ending.abort();
  await aborted;
  keys.stands({ phase: 'needs_linking' });
  await stage.client.caughtUp();
  await stage.close();
});
