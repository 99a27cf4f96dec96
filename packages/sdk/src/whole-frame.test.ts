// Frames with what cannot be kept are ignored, and the next one is taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Changes, Conversation, Envelope, type FrameDown, Mark, MemberChange, Messages } from '@parley/protocol';
import { ana, ben, changes, chat, messages, record, room, wire } from './client-fixture.ts';
import { isWhole } from './whole-frame.ts';

const values: Readonly<Record<string, unknown>> = { integer: 7, string: 'text', boolean: true, object: {}, array: [] };
const noCounts = [-1, 0.5, 2 ** 53, 1e308, Number.NaN];

/** A schema of an object, as far as it is needed here. */
interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** The object with what its schema does not allow in the place of one of its parts, every part and every kind of value. */
function* spoiled(whole: object, { properties, required = [] }: ObjectSchema, except: readonly string[] = []) {
  for (const [name, schema] of Object.entries(properties)) {
    const type = (schema as { readonly type?: string }).type;
    if (except.includes(name)) continue;
    if (required.includes(name)) yield { ...whole, [name]: undefined };
    yield { ...whole, [name]: null };
    for (const [kind, value] of Object.entries(values))
      if (kind !== type && !(type === 'object' && kind === 'array')) yield { ...whole, [name]: value };
    if (type === 'integer') for (const value of noCounts) yield { ...whole, [name]: value };
    if (type === 'array') yield { ...whole, [name]: [null] };
  }
}

const item = record(chat, 3);
const mark = { account: ben, delivered: 3, read: 2 };
const change = { action: 'add', subject: ben, role: 'member' };
const page = messages(chat, 3, 3, [item]);
const row = wire(room, { marks: [mark], title: 'Garden', left_seq: 4, asked_at: item.stored_at });

function none(frames: Iterable<object>): void {
  let count = 0;
  for (const frame of frames) {
    assert.equal(isWhole(frame as FrameDown), false, JSON.stringify(frame));
    count++;
  }
  assert.ok(count > 5);
}

function* each<T, U>(parts: Iterable<T>, within: (part: T) => U) {
  for (const part of parts) yield within(part);
}

test('[ENC302] what a record, a page, a list of conversations and a receipt hold is of the kind that the protocol says', () => {
  const records: readonly object[] = [item, { ...item, kind: 'members', change }, { ...item, targets: [1, 2] }];
  const others = [page, changes([row]), changes([]), { type: 'heartbeat' }, { type: 'receipt', ...mark }];
  for (const frame of [...records, ...others]) assert.equal(isWhole(frame as FrameDown), true);
  none(spoiled(item, Envelope, ['type']));
  none(spoiled(page, Messages, ['type', 'ref']));
  none(spoiled(changes([row]), Changes, ['type', 'ref']));
  none(spoiled({ type: 'receipt', conversation_id: chat, ...mark }, Mark));
});

test('[ENC302] the same holds for what stands inside', () => {
  none(each(spoiled(item, Envelope, ['type']), (bad) => ({ ...page, items: [item, bad] })));
  none(each(spoiled(row, Conversation), (bad) => changes([row, bad as never])));
  none(each(spoiled(mark, Mark), (bad) => changes([wire(room, { marks: [bad as never] })])));
  none(each(spoiled(change, MemberChange), (bad) => ({ ...item, change: bad })));
  for (const made of [{ by: ana }, { by: 7, as: 'x' }, { as: 'x' }, 'x', null])
    assert.equal(isWhole(changes([wire(room, { made: made as never })])), false);
});

test('[ENC302] a newer server may add to it', () => {
  assert.equal(isWhole({ ...item, later: 7 } as FrameDown), true);
  assert.equal(isWhole(changes([{ ...row, later: [] } as never], { later: 'x' } as never)), true);
});

test('[ENC303] a list of changes whose `since` fits no hello is ignored', () => {
  for (const since of ['', 'A'.repeat(257)]) assert.equal(isWhole(changes([], { since })), false);
  assert.equal(isWhole(changes([], { since: 'A'.repeat(256) })), true);
});
