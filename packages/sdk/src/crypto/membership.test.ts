import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId, MembershipEntry } from '@parley/protocol';
import { type Chain, hashAt } from './membership.ts';
import { hashOf } from './membership-entry.ts';
import { followed, holding, type Made, Pen, type Signer, signer } from './membership-fixture.ts';
import { Follower } from './membership-follow.ts';

const [ana, ben, cleo, dia, eve, door] = await Promise.all([
  signer('ana'),
  signer('ben'),
  signer('cleo'),
  signer('dia'),
  signer('eve'),
  signer('door'),
]);

const roles = (chain: Chain | null) =>
  chain?.members.map(({ account, role }) => `${account.slice(2).replace(/0+$/, '')}:${role}`);

/** Ana with Ben in it, Cleo invited. */
async function begun(): Promise<Pen> {
  const pen = new Pen();
  const { account, key } = ben;
  await pen.write(ana, {
    action: 'create',
    members: [{ account, key }],
    invited: [{ account: cleo.account, key: cleo.key }],
  });
  return pen;
}

async function all(pen: Pen, ...more: readonly Made[]) {
  return followed(pen.conversation, [...pen.entries, ...more]);
}

test('[MEM20] the first entry is the one to which the id of the group commits', async () => {
  const pen = await begun();
  assert.deepEqual(roles((await all(pen)).chain), ['ana:owner', 'ben:member']);
  const other = new Pen();
  await other.write(eve, { action: 'create', members: [{ account: ana.account, key: ana.key }] });
  assert.deepEqual(await followed(pen.conversation, other.entries), { chain: null, refused: { n: 1, why: 'place' } });
});

test('[MEM20] people come, go and change as the rules of the server say', async () => {
  const pen = await begun();
  await pen.write(cleo, { action: 'join' });
  await pen.write(ana, { action: 'role', subject: cleo.account, role: 'admin' });
  await pen.write(cleo, { action: 'add', subject: dia.account, subject_key: dia.key, role: 'member' });
  await pen.write(cleo, { action: 'remove', subject: ben.account });
  await pen.write(dia, { action: 'leave' });
  await pen.write(ana, { action: 'ask', subject: ben.account, subject_key: ben.key, role: 'admin' });
  await pen.write(ben, { action: 'join' });
  const { chain, refused } = await all(pen);
  assert.equal(refused, null);
  assert.deepEqual(roles(chain), ['ana:owner', 'cleo:admin', 'ben:admin']);
  const list = chain ?? assert.fail();
  assert.equal(hashAt(list, 8), pen.head);
  assert.equal(hashAt(list, 9), null);
});

test('[MEM20] an owner who goes hands over to the longest-standing administrator, else member', async () => {
  const pen = await begun();
  await pen.write(cleo, { action: 'join' });
  await pen.write(ana, { action: 'role', subject: cleo.account, role: 'admin' });
  await pen.write(ana, { action: 'leave' });
  assert.deepEqual(roles((await all(pen)).chain), ['ben:member', 'cleo:owner']);
  await pen.write(cleo, { action: 'leave' });
  assert.deepEqual(roles((await all(pen)).chain), ['ben:owner']);
});

test('[MEM21] what is altered in any field or signature, left out, doubled or turned around is refused', async () => {
  const pen = await begun();
  await pen.write(ana, { action: 'link', link_key: door.key, uses: 3, expires_at: 5, approval: true });
  await pen.write(dia, { action: 'knock' }, door);
  await pen.write(ana, { action: 'add', subject: dia.account, subject_key: dia.key, role: 'member' });
  const { entries } = pen;
  for (const [at, made] of entries.entries()) {
    for (const [what, forged] of Object.entries(forgeries(made))) {
      const list = entries.map((one, place) => (place === at ? forged : one));
      const { chain, refused } = await followed(pen.conversation, list);
      assert.equal(refused?.n, at + 1, `entry ${at + 1}: ${what}`);
      assert.equal(chain?.n ?? 0, at, what);
    }
    if (at === entries.length - 1) continue;
    const without = await followed(pen.conversation, entries.toSpliced(at, 1));
    assert.equal(without.chain?.n ?? 0, at);
    const doubled = await followed(pen.conversation, entries.toSpliced(at, 0, made));
    assert.equal(doubled.chain?.n, at + 1);
    const turned = await followed(pen.conversation, entries.toSpliced(at, 2, entries[at + 1] as Made, made));
    assert.equal(turned.chain?.n ?? 0, at);
  }
});

/** Every way to alter one entry by one field or one signature. */
function forgeries({
  seq,
  entry,
  signatures,
}: Made): Readonly<Record<string, { seq: number; entry: unknown; signatures: unknown }>> {
  const forged: Record<string, { seq: number; entry: unknown; signatures: unknown }> = {};
  const another: Readonly<Record<string, unknown>> = {
    n: entry.n + 1,
    action: 'leave',
    role: 'admin',
    uses: 1_000,
    expires_at: 6,
    approval: false,
    members: [],
    invited: [{ account: eve.account, key: eve.key }],
    conversation: `c_${'x'.repeat(22)}`,
    prev: 'x'.repeat(43),
    id: '01900000-0000-7000-8000-000000000001',
    device: `d_${'x'.repeat(22)}`,
    actor: eve.account,
    subject: eve.account,
    actor_key: eve.key,
    subject_key: eve.key,
    link_key: eve.key,
  };
  for (const [name, value] of Object.entries(another)) {
    forged[`${name} altered`] = { seq, entry: { ...entry, [name]: value }, signatures };
    const { [name as keyof MembershipEntry]: gone, ...rest } = entry;
    if (gone !== undefined) forged[`${name} left out`] = { seq, entry: rest, signatures };
  }
  forged['a field more'] = { seq, entry: { ...entry, more: 1 }, signatures };
  const signed = signatures as Readonly<Record<string, string>>;
  for (const name of ['master', 'link'].filter((one) => signed[one] !== undefined)) {
    const sign = signed[name] as string;
    const bad = { ...signed, [name]: (sign[0] === 'A' ? 'B' : 'A') + sign.slice(1) };
    forged[`${name} altered`] = { seq, entry, signatures: bad };
    const { [name]: _, ...rest } = signed;
    forged[`${name} left out`] = { seq, entry, signatures: rest };
  }
  forged['nobody signed'] = { seq, entry, signatures: undefined };
  const { device: _d, actor_key: _k, ...bare } = entry;
  forged['the word of the server'] = { seq, entry: bare, signatures: undefined };
  return forged;
}

test('[MEM21] an entry of another group is refused, and what the author may not do', async () => {
  const pen = await begun();
  const other = await begun();
  await other.write(ana, { action: 'add', subject: dia.account, role: 'member' });
  const elsewhere = new Pen();
  await elsewhere.write(ana, { action: 'create', id: '01900000-0000-7000-8000-000000000009' as never });
  const moved = await elsewhere.write(ana, { action: 'add', subject: eve.account, role: 'member' });
  assert.equal((await all(pen, moved)).refused?.why, 'place');
  const forbidden: readonly (readonly [Signer, Parameters<Pen['sign']>[1], Signer?])[] = [
    [ben, { action: 'add', subject: eve.account, subject_key: eve.key, role: 'member' }],
    [ben, { action: 'role', subject: ben.account, role: 'admin' }],
    [ben, { action: 'remove', subject: ana.account }],
    [ben, { action: 'ask', subject: eve.account, role: 'member' }],
    [ben, { action: 'link', link_key: door.key, uses: 1, expires_at: 9 }],
    [eve, { action: 'add', subject: eve.account, subject_key: eve.key, role: 'member' }],
    [eve, { action: 'join' }],
    [eve, { action: 'join' }, door],
    [eve, { action: 'knock' }, door],
    [eve, { action: 'leave' }],
    [eve, { action: 'decline' }],
    [ana, { action: 'add', subject: eve.account, role: 'owner' }],
    [ana, { action: 'add', subject: ben.account, role: 'member' }],
    [ana, { action: 'ask', subject: ben.account, role: 'member' }],
    [ana, { action: 'role', subject: ben.account, role: 'member' }],
    [ana, { action: 'role', subject: eve.account, role: 'admin' }],
    [ana, { action: 'remove', subject: eve.account }],
    [ana, { action: 'withdraw', subject: ben.account }],
    [ana, { action: 'refuse', subject: cleo.account }],
    [ana, { action: 'end_link', link_key: door.key }],
    [ana, { action: 'create' }],
  ];
  for (const [by, deed, link] of forbidden) {
    const { chain, refused } = await followed(
      pen.conversation,
      [...pen.entries, await pen.sign(by, deed, link)],
      holding(eve),
    );
    assert.notEqual(refused, null, JSON.stringify(deed));
    assert.equal(chain?.n, 1);
  }
});

/** Ben, an administrator, has set up afresh and brings Eve in. */
async function doubtful(): Promise<{ readonly pen: Pen; readonly added: Made; readonly again: Signer }> {
  const pen = await begun();
  await pen.write(ana, { action: 'role', subject: ben.account, role: 'admin' });
  const again = await signer('ben', 2);
  const added = await pen.sign(again, { action: 'add', subject: eve.account, subject_key: eve.key, role: 'member' });
  return { pen, added, again };
}

test('[MEM22] who signs is who came in: another key counts only if this device holds it', async () => {
  const { pen, added, again } = await doubtful();
  assert.deepEqual((await all(pen, added)).refused, { n: 3, why: 'key' });
  const held = await followed(pen.conversation, [...pen.entries, added], holding(again));
  assert.deepEqual(roles(held.chain), ['ana:owner', 'ben:admin', 'eve:member']);
});

test('[MEM22] whoever was confirmed and set up afresh is not believed before it is reviewed', async () => {
  const { pen, added } = await doubtful();
  const toReview = async () => new Map([[ben.account, '']]);
  assert.deepEqual((await followed(pen.conversation, [...pen.entries, added], toReview)).refused, {
    n: 3,
    why: 'review',
  });
});

test('[MEM22] a key that nobody holds any more is believed where an administrator of that time signed behind it', async () => {
  const { pen, added } = await doubtful();
  pen.keep(added);
  assert.equal((await all(pen)).chain?.n, 2);
  // Whom Ben could have let in himself proves nothing, nor does who comes by an invitation.
  await pen.write(eve, { action: 'leave' });
  await pen.write(cleo, { action: 'join' });
  assert.equal((await all(pen)).chain?.n, 2);
  await pen.write(ana, { action: 'add', subject: dia.account, subject_key: dia.key, role: 'member' });
  const { chain, refused } = await all(pen);
  assert.equal(refused, null);
  assert.deepEqual(roles(chain), ['ana:owner', 'ben:admin', 'cleo:member', 'dia:member']);
});

test('[MEM22] who was invited without a key comes in with the one that is held, or its first', async () => {
  const pen = new Pen();
  await pen.write(ana, { action: 'create', invited: [{ account: ben.account }] });
  const joined = await pen.sign(ben, { action: 'join' });
  const list = [...pen.entries, joined];
  assert.deepEqual(roles((await followed(pen.conversation, list)).chain), ['ana:owner', 'ben:member']);
  assert.equal((await followed(pen.conversation, list, holding(await signer('ben', 2)))).refused?.why, 'key');
});

test('[MEM22] an administrator by a doubtful entry takes no doubt away', async () => {
  const pen = await begun();
  const anaAgain = await signer('ana', 2);
  await pen.write(anaAgain, { action: 'role', subject: ben.account, role: 'admin' });
  await pen.write(ben, { action: 'add', subject: eve.account, subject_key: eve.key, role: 'member' });
  const { chain, refused } = await all(pen);
  assert.deepEqual([chain?.n, refused], [1, { n: 2, why: 'key' }]);
});

test('[MEM23] of what nobody signed only that somebody went is believed', async () => {
  const pen = await begun();
  const word = (deed: Parameters<Pen['word']>[1], actor = ana.account) => pen.word(actor, deed);
  for (const made of [
    word({ action: 'add', subject: eve.account, role: 'member' }),
    word({ action: 'role', subject: ben.account, role: 'admin' }),
    word({ action: 'remove', subject: ben.account }),
    word({ action: 'join' }, cleo.account),
    word({ action: 'leave' }, eve.account),
  ])
    assert.deepEqual((await all(pen, made)).refused, { n: 2, why: 'unsigned' }, made.entry.action);
  pen.keep(word({ action: 'leave' }));
  pen.keep(word({ action: 'decline' }, cleo.account));
  const { chain, refused } = await all(pen);
  assert.equal(refused, null);
  assert.deepEqual(roles(chain), ['ben:owner']);
  assert.deepEqual(chain?.pending, []);
});

test('[MEM23] a group whose beginning nobody signed has no list', async () => {
  const pen = new Pen();
  const {
    conversation: _,
    prev: _p,
    ...first
  } = pen.word(ana.account, {
    action: 'create',
    id: '01900000-0000-7000-8000-000000000000' as never,
    members: [],
    invited: [],
  }).entry;
  const { chain, refused } = await followed('c_AAAAAAAAAAAAAAAAAAAAAA' as ConversationId, [{ seq: 1, entry: first }]);
  assert.deepEqual([chain, refused?.n], [null, 1]);
});

test('[MEM24] a link lets in as often as it says, who proves to have it; with approval it lets ask', async () => {
  const pen = await begun();
  await pen.write(ana, { action: 'link', link_key: door.key, uses: 1, expires_at: 9 });
  const bare = await pen.sign(dia, { action: 'join', link_key: door.key });
  assert.equal((await all(pen, bare)).refused?.why, 'signature');
  const wrong = await pen.seal({ ...bare.entry }, dia, eve);
  assert.equal((await all(pen, wrong)).refused?.why, 'signature');
  await pen.write(dia, { action: 'join' }, door);
  assert.deepEqual(roles((await all(pen)).chain), ['ana:owner', 'ben:member', 'dia:member']);
  assert.equal((await all(pen, await pen.sign(eve, { action: 'join' }, door))).refused?.why, 'rule');
  const gate = await signer('gate');
  await pen.write(ana, { action: 'link', link_key: gate.key, approval: true, uses: 5, expires_at: 9 });
  assert.equal((await all(pen, await pen.sign(eve, { action: 'join' }, gate))).refused?.why, 'rule');
  await pen.write(eve, { action: 'knock' }, gate);
  await pen.write(ana, { action: 'add', subject: eve.account, subject_key: eve.key, role: 'member' });
  const { chain } = await all(pen);
  assert.equal(chain?.links[0]?.uses, 4);
  await pen.write(ana, { action: 'end_link', link_key: gate.key });
  assert.deepEqual((await all(pen)).chain?.links, []);
});

test('[MEM20] a list is followed in parts as in one go', async () => {
  const pen = await begun();
  await pen.write(cleo, { action: 'join' });
  await pen.write(ana, { action: 'remove', subject: cleo.account });
  let chain: Chain | null = null;
  for (const made of pen.entries) {
    const follower = new Follower(pen.conversation, chain === null ? null : structuredClone(chain), holding());
    assert.equal(await follower.take([made]), true);
    chain = follower.result.chain;
  }
  assert.deepEqual(chain, (await all(pen)).chain);
  assert.equal(chain?.hashes.at(-1), hashOf(pen.entries.at(-1)?.text ?? ''));
});
