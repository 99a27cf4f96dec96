// What a client makes of a member list, against what the sequencer makes of the same changes: neither lets in, raises or
// drops anybody whom the other does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, InviteId, MembershipEntry, Role } from '@parley/protocol';
import fc from 'fast-check';
import { ChainState } from '../../packages/sdk/src/crypto/membership.ts';
import { holding, Pen, type Signer, signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { Follower } from '../../packages/sdk/src/crypto/membership-follow.ts';
import type { Change } from '../../packages/server/src/sequencer/record.ts';
import { creation, Stage } from '../../packages/server/src/sequencer/stage.ts';

const names = ['ana', 'ben', 'cleo', 'dia', 'eve'];
const people = await Promise.all(names.map((name) => signer(name)));
const doors = await Promise.all(['door', 'gate'].map((name) => signer(name)));
const [ana, ben, cleo] = people as [Signer, Signer, Signer];

const who = fc.nat({ max: people.length - 1 });
/** Mostly those who may. */
const by = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 4, arbitrary: who },
);
const role = fc.constantFrom<Role>('member', 'admin', 'owner');
const door = fc.nat({ max: 1 });
const deed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ action: fc.constant('add' as const), subject: who, role }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('ask' as const), subject: who, role }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('role' as const), subject: who, role }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('join' as const), door: fc.option(door) }) },
  fc.record({ action: fc.constantFrom('remove' as const, 'withdraw' as const, 'refuse' as const), subject: who }),
  fc.record({ action: fc.constantFrom('leave' as const, 'decline' as const) }),
  fc.record({ action: fc.constant('knock' as const), door }),
  fc.record({ action: fc.constant('link' as const), door, uses: fc.constantFrom(1, 2, 1_000), approval: fc.boolean() }),
  fc.record({ action: fc.constant('end_link' as const), door }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** The same in the words of the sequencer. */
function changeOf(one: Deed): Change {
  const link = 'door' in one && one.door !== null ? (doors[one.door] as Signer).key : '';
  const inviteId = `i_${link}` as InviteId;
  switch (one.action) {
    case 'add':
    case 'ask':
    case 'role':
      return { action: one.action, subject: accountAt(one.subject), role: one.role };
    case 'remove':
    case 'withdraw':
    case 'refuse':
      return { action: one.action, subject: accountAt(one.subject) };
    case 'join':
    case 'knock':
      return { action: one.action, inviteHash: link };
    case 'link': {
      const { uses, approval } = one;
      return { action: 'invite', inviteId, secretHash: link, expiresAt: null, uses, ...(approval && { approval }) };
    }
    case 'end_link':
      return { action: 'revoke_invite', inviteId };
    default:
      return { action: one.action };
  }
}

/** The same as an entry. */
function entryOf(one: Deed): Partial<MembershipEntry> & Pick<MembershipEntry, 'action'> {
  const { action } = one;
  const subject = 'subject' in one && { subject: accountAt(one.subject) };
  const link = 'door' in one && one.door !== null && { link_key: (doors[one.door] as Signer).key };
  return {
    action,
    ...subject,
    ...link,
    ...('role' in one && { role: one.role }),
    ...('uses' in one && { uses: one.uses, expires_at: 1, approval: one.approval }),
  };
}

function accountAt(at: number): AccountId {
  return (people[at] as Signer).account;
}

/** What only the server can know: what has run out, and what was answered lately. */
function isOfTime(code: string, { action }: Deed): boolean {
  if (code === 'members.declined') return true;
  return code === 'members.conflict' && (action === 'ask' || action === 'knock');
}

test('[MEM20] [MEM21] whatever happens, a client that follows the entries has the list of the sequencer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ by, one: deed }), { minLength: 5, maxLength: 60, size: 'max' }),
      async (steps) => {
        const stage = new Stage();
        const invited = [{ account: cleo.account }];
        const group = await stage.make('group', [ana.account, ben.account], {
          ...creation('group', [ana.account, ben.account]),
          invited,
        });
        const pen = new Pen();
        const keyed = ({ account, key }: Signer) => ({ account, key });
        await pen.write(ana, { action: 'create', members: [keyed(ben)], invited: [keyed(cleo)] });
        let { chain } = await read(pen, null, 0);
        for (const { by, one } of steps) {
          const signs = people[by] as Signer;
          const isInvited = chain?.pending.some(
            ({ account, state }) => account === signs.account && state === 'invited',
          );
          // Who is invited comes by the invitation: a server takes no such entry. [MEM31]
          if (one.action === 'join' && one.door !== null && isInvited) continue;
          const verdict = await stage.change(group, signs.account, changeOf(one));
          const comes = one.action === 'join' || one.action === 'knock';
          const link = comes && one.door !== null ? doors[one.door] : undefined;
          const made = await pen.sign(signs, entryOf(one), link);
          const state = stage.state(group);
          if (verdict.state === 'accepted') {
            pen.keep(made);
            ({ chain } = await read(pen, chain, pen.entries.length - 1));
            assert.equal(chain?.n, pen.entries.length, JSON.stringify(one));
            const roles = new Map(chain?.members.map((member) => [member.account, member.role]));
            assert.deepEqual(
              roles,
              new Map([...(state.members ?? [])].map(([account, member]) => [account, member.role])),
            );
            const open = state.pending.filter((each) => each.state === 'invited' || each.state === 'waiting');
            assert.deepEqual(
              new Map(chain?.pending.map((each) => [each.account, [each.state, each.role]])),
              new Map(open.map((each) => [each.account, [each.state, each.role]])),
            );
            assert.deepEqual(
              new Map(chain?.links.map(({ key, uses }) => [key, uses])),
              new Map(state.invites.map(({ secretHash, usesLeft }) => [secretHash, usesLeft])),
            );
          } else if (!isOfTime(verdict.code, one)) {
            const follower = new Follower(pen.conversation, chain, holding(...people));
            assert.equal(await follower.take([made]), false, `${verdict.code} ${JSON.stringify(one)}`);
            assert.deepEqual(follower.result.chain, new ChainState(pen.conversation, chain).chain);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

async function read(pen: Pen, chain: Follower['result']['chain'], from: number): Promise<Follower['result']> {
  const follower = new Follower(pen.conversation, chain, holding(...people));
  await follower.take(pen.entries.slice(from));
  return follower.result;
}
