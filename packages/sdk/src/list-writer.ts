// Changes member lists of groups by signed entries, each behind the newest one that this device has checked: whoever
// signs behind an entry says that the list is in order up to there. To go, or to say no, needs no signature: where none
// can be had it goes without. [MEM]
import type { AccountId, ConversationId, InviteId, Role, Conversation as WireConversation } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { newMessageId } from './chance.ts';
import type { CheckedLists } from './checked-lists.ts';
import { type Chain, type ChainLink, type ChainPending, hashAt } from './crypto/membership.ts';
import { type EntryDeed, EntrySigner, type Head } from './entry-signer.ts';
import { ChatError } from './error.ts';
import { linkIdOf, printGroupLink, readGroupLink, refOf } from './group-link.ts';
import * as limits from './limits.ts';
import type { LinkAsked, ListDeeds } from './list-deeds.ts';
import type { MembershipKeys, Random } from './ports.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import type { AddedView, InviteView, MemberView } from './views.ts';

interface WriterParts {
  readonly replica: Replica;
  readonly rest: Rest;
  readonly random: Random;
  readonly me: AccountId;
  readonly keys: MembershipKeys;
  readonly lists: CheckedLists;
  /** The time by the server's clock. */
  readonly now: () => number;
}

type Way = 'add' | 'ask' | 'none';

/** The leader's deeds. */
export class ListWriter implements ListDeeds {
  readonly #parts: WriterParts;
  readonly #signer: EntrySigner;

  constructor(parts: WriterParts) {
    const { keys, rest, me, replica } = parts;
    this.#parts = parts;
    this.#signer = new EntrySigner({ keys, rest, me, device: () => replica.tables.fact('me')?.device ?? null });
  }

  found(members: readonly AccountId[]): Promise<WireConversation> {
    // Somebody may just have changed how they can be brought in.
    return onceMore('members.ask', () => this.#found(members));
  }

  async bring(id: ConversationId, account: AccountId, role: Role): Promise<AddedView> {
    let action: 'add' | 'ask' = 'add';
    await onceMore('members.ask', (isAgain) =>
      this.#write(id, async ({ pending }) => {
        const isWaiting = pending.some((one) => one.account === account && one.state === 'waiting');
        const way = isAgain ? 'ask' : isWaiting ? 'add' : ((await this.#waysOf([account])).get(account) ?? 'none');
        if (way === 'none') throw new ChatError('account.unknown');
        action = way;
        const asked = pending.find((one) => one.account === account)?.key ?? null;
        const key = isWaiting ? asked : await this.#keyOf(account);
        return { action, subject: account, role, ...(key !== null && { subject_key: key }) };
      }),
    );
    return { account, role, membership: action === 'add' ? 'member' : 'invited' };
  }

  async setRole(id: ConversationId, account: AccountId, role: Role): Promise<MemberView> {
    await this.#write(id, () => ({ action: 'role', subject: account, role }));
    const { members } = await this.#checked(id);
    return { account, role, joinedSeq: members.find((member) => member.account === account)?.joinedSeq ?? 0 };
  }

  remove(id: ConversationId, account: AccountId): Promise<void> {
    return this.#write(id, () => ({ action: 'remove', subject: account }));
  }

  turnDown(id: ConversationId, account: AccountId): Promise<void> {
    return this.#write(id, ({ pending }) => {
      const state = pending.find((one) => one.account === account)?.state;
      if (state === undefined) throw new ChatError('members.conflict');
      return { action: state === 'invited' ? 'withdraw' : 'refuse', subject: account };
    });
  }

  leave(id: ConversationId): Promise<void> {
    const params = { conversation_id: id, account: this.#parts.me };
    return this.#goes(
      this.#signer.append(id, async () => ({ head: headOf(await this.#checked(id)), deed: { action: 'leave' } })),
      () => this.#parts.rest('removeMember', { params }),
    );
  }

  decline(id: ConversationId): Promise<void> {
    return this.#goes(
      this.#signer.append(id, async () => ({ head: await this.#outside(id), deed: { action: 'decline' } })),
      () => this.#parts.rest('declineConversation', { params: { conversation_id: id } }),
    );
  }

  join(id: ConversationId): Promise<void> {
    return this.#signer.append(id, async () => ({ head: await this.#outside(id), deed: { action: 'join' } }));
  }

  async follow(text: string): Promise<void> {
    const link = readGroupLink(text);
    if (link === null) throw new ChatError('invite.invalid');
    const { rest, replica } = this.#parts;
    // Who is invited comes as what they are invited as.
    if (replica.tables.conversations.get(link.conversation)?.server.membership === 'invited')
      return this.join(link.conversation);
    const ref = await refOf(link);
    const next = async () => {
      const { approval = false, member_n: n, member_head: hash } = await rest('inspectLink', { body: ref });
      return { head: { n, hash }, deed: { action: approval ? 'knock' : 'join', link_key: ref.key } as const };
    };
    return this.#signer.append(link.conversation, next, link);
  }

  async pending(id: ConversationId): Promise<readonly ChainPending[]> {
    return (await this.#checked(id)).pending;
  }

  async links(id: ConversationId): Promise<readonly InviteView[]> {
    const { links } = await this.#checked(id);
    return links.filter(({ expiresAt }) => expiresAt > this.#parts.now()).map((link) => linkView(link, null));
  }

  async makeLink(id: ConversationId, asked: LinkAsked): Promise<InviteView> {
    const { uses = wire.maxInviteUses, expiresInMs = limits.linkMs, approval = false, origin } = asked;
    const { random, now, me } = this.#parts;
    const made = { conversation: id, seed: random.bytes(32) };
    const { key } = await refOf(made);
    // The clock here may be a little ahead of the server's.
    const expiresAt = now() + Math.min(expiresInMs, wire.maxInviteMs - limits.clockMarginMs);
    const more = approval ? { approval } : {};
    await this.#write(id, () => ({ action: 'link', link_key: key, uses, expires_at: expiresAt, ...more }));
    return linkView({ key, by: me, uses, expiresAt, approval }, `${origin}/i#${printGroupLink(made)}`);
  }

  endLink(id: ConversationId, invite: InviteId): Promise<void> {
    return this.#write(id, ({ links }) => {
      const link = links.find(({ key }) => linkIdOf(key) === invite);
      if (link === undefined) throw new ChatError('not_found');
      return { action: 'end_link', link_key: link.key };
    });
  }

  async #found(members: readonly AccountId[]): Promise<WireConversation> {
    const { me, rest, random, now } = this.#parts;
    const others = [...new Set(members)].filter((account) => account !== me);
    const ways = await this.#waysOf(others);
    if (others.some((account) => (ways.get(account) ?? 'none') === 'none')) throw new ChatError('account.unknown');
    const named = await Promise.all(
      others.map(async (account) => {
        const key = await this.#keyOf(account);
        return { account, ...(key !== null && { key }) };
      }),
    );
    const by = (way: Way) => named.filter(({ account }) => ways.get(account) === way);
    const founders = { id: newMessageId(now(), random), members: by('add'), invited: by('ask') };
    const entry = await this.#signer.sign({ n: 1, action: 'create', ...founders });
    return rest('createConversation', { body: { kind: 'group', entry } });
  }

  /** An entry of somebody who is in it. */
  async #write(id: ConversationId, deed: (chain: Chain) => EntryDeed | Promise<EntryDeed>): Promise<void> {
    await this.#signer.append(id, async () => {
      const chain = await this.#checked(id);
      return { head: headOf(chain), deed: await deed(chain) };
    });
    await this.#parts.lists.read(id);
  }

  /** Goes without a signature where none can be had. */
  async #goes(signed: Promise<void>, otherwise: () => Promise<unknown>): Promise<void> {
    try {
      await signed;
    } catch (error) {
      if (!(error instanceof ChatError) || !unable.has(error.code)) throw error;
      await otherwise();
    }
  }

  async #checked(id: ConversationId): Promise<Chain> {
    const chain = await this.#parts.lists.newest(id);
    if (chain === null) throw new ChatError('client.list_fault');
    return chain;
  }

  /** The newest entry as the server says, for somebody who is not in it yet and checks it when it is. */
  async #outside(id: ConversationId): Promise<Head> {
    const found = await this.#parts.rest('getConversation', { params: { conversation_id: id } });
    if (found.member_head === undefined) throw new ChatError('members.unsigned');
    return { n: found.member_n, hash: found.member_head };
  }

  async #waysOf(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, Way>> {
    if (accounts.length === 0) return new Map();
    const { items } = await this.#parts.rest('findWays', { body: { accounts: [...accounts] } });
    return new Map(items.map(({ account, way }) => [account, way]));
  }

  /** The identity of somebody whom this account has to do with; of others nobody is told the keys before they come. */
  async #keyOf(account: AccountId): Promise<string | null> {
    const { conversations, members } = this.#parts.replica.tables;
    const isIn = [...members.values()].some(({ items }) => items.some((member) => member.account === account));
    const isKnown = isIn || [...conversations.values()].some(({ server }) => server.peer === account && server.contact);
    const key = isKnown ? ((await this.#parts.keys.keysOf([account])).get(account) ?? null) : null;
    if (key === '') throw new ChatError('client.review_first');
    return key;
  }
}

/** This device cannot sign, or the list is not in order. */
const unable: ReadonlySet<string> = new Set([
  'members.unsigned',
  'client.list_fault',
  'client.crypto',
  'members.stale',
  'keys.invalid',
]);

function headOf(chain: Chain): Head {
  return { n: chain.n, hash: hashAt(chain, chain.n) ?? '' };
}

/** Does it again, once, after this refusal. */
async function onceMore<T>(code: string, work: (isAgain: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(false);
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== code) throw error;
    return work(true);
  }
}

function linkView({ key, uses, expiresAt, approval }: ChainLink, link: string | null): InviteView {
  return { invite: linkIdOf(key), createdAt: null, expiresAt, usesLeft: uses, approval, link, keyless: false };
}
