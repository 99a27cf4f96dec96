// Member lists that were checked before are not read from the start again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedLists } from './checked-lists.ts';
import { wire } from './client-fixture.ts';
import { Pen, signer } from './crypto/membership-fixture.ts';

type Parts = ConstructorParameters<typeof CheckedLists>[0];

test('[MEM37] a list that was checked once is kept, and a next start reads only what came since', async () => {
  const [pen, ana] = [new Pen(), await signer('ana')];
  await pen.write(ana, { action: 'create' });
  const comes = async (name: string) => {
    const one = await signer(name);
    await pen.write(ana, { action: 'add', subject: one.account, subject_key: one.key, role: 'member' });
  };
  for (let n = 0; n < 30; n++) await comes(`m${n}x`);
  const id = pen.conversation;
  const asked: number[] = [];
  const kept = new Map<string, unknown>();
  const members = new Map<string, unknown>();
  const open = () => {
    const server = wire(id, { kind: 'group', peer: undefined as never, member_n: pen.entries.length });
    const conversations = new Map([[id, { server }]]);
    const parts = {
      replica: { tables: { conversations, members }, store: { get: async () => structuredClone(kept.get('chain')) } },
      inbox: {
        take: async ({ row, chain }: { readonly row: unknown; readonly chain: unknown }) => {
          members.set(id, row);
          kept.set('chain', structuredClone(chain));
        },
      },
      rest: async (_: string, { query: { after, limit } }: { query: { after: number; limit: number } }) => {
        const items = pen.entries.slice(after, after + Math.min(limit, 10)).map(({ text: _text, ...one }) => one);
        asked.push(...items.map(({ entry }) => entry.n));
        return { items, has_more: after + items.length < pen.entries.length };
      },
      keys: { keysOf: async () => new Map() },
      told: async () => [],
    };
    return new CheckedLists(parts as unknown as Parts);
  };
  await open().read(id);
  assert.deepEqual(
    asked.splice(0),
    Array.from({ length: 31 }, (_, n) => n + 1),
    'everything, the first time',
  );
  await comes('later');
  await open().read(id);
  assert.deepEqual(asked, [31, 32], 'the newest that is here, and what is new');
  assert.match(String((members.get(id) as { entry?: string }).entry), /^32\./);
});
