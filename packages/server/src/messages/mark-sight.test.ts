import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Keys, Range, Table, Tables } from '../store/store.ts';
import { ana, ben, Exchange } from './fixture.ts';

/** Remembers of which conversations marks were read. */
class MarksRead extends MemoryStore {
  readonly of: ConversationId[] = [];

  override get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    if (table === 'marks') this.of.push(key[0] as ConversationId);
    return super.get(table, key);
  }

  override list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    if (table === 'marks') this.of.push(range.prefix[0] as ConversationId);
    return super.list(table, range);
  }
}

test('[HIS17] marks are read of conversations, not of the account’s own log, changed or not', async () => {
  const store = new MarksRead();
  const exchange = await Exchange.open({ store });
  const chat = await exchange.direct(ana, ben);
  await exchange.set(ana, 'theme', '"dark"');
  await exchange.commit();
  exchange.clock.advance(5);
  const { since, ids } = await exchange.changed(ana);
  assert.deepEqual(ids, [accountLog(ana), chat].sort());
  const next = await exchange.restart();
  await next.changed(ana, since);
  await next.set(ana, 'theme', '"light"');
  assert.deepEqual((await next.changed(ana, since)).ids, [accountLog(ana)]);
  assert.ok(store.of.includes(chat));
  assert.ok(!store.of.includes(accountLog(ana)));
  await next[Symbol.asyncDispose]();
});
