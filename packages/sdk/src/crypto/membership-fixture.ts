// People who sign entries of a member list, for tests: each has a key, and knows the newest entry.
import type { AccountId, ConversationId, DeviceId, MembershipEntry, MessageId } from '@parley/protocol';
import { entryText } from '@parley/protocol/entry-text';
import { encodeBytes } from './base64.ts';
import { groupIdOf, hashOf } from './membership-entry.ts';
import { Follower, type KeysOf, type Placed } from './membership-follow.ts';
import { publicHalf, signBytes, utf8 } from './signing.ts';

const id = (name: string) => name.padEnd(22, '0').slice(0, 22);

/** Somebody, or a link, that signs. */
export interface Signer {
  readonly account: AccountId;
  readonly key: string;
  readonly secret: Uint8Array;
}

/** The same key for the same name and number. */
export async function signer(name: string, number = 1): Promise<Signer> {
  const secret = utf8(`${name} ${number}`.padEnd(32, '.')).slice(0, 32);
  return { account: `a_${id(name)}` as AccountId, key: await publicHalf('Ed25519', secret), secret };
}

type Deed = Partial<MembershipEntry> & Pick<MembershipEntry, 'action'>;

/** An entry as the server hands it over, and its text. */
export interface Made extends Placed {
  readonly entry: MembershipEntry;
  readonly text: string;
}

/** A member list in the making, as an honest server keeps it. */
export class Pen {
  readonly entries: Made[] = [];
  conversation = '' as ConversationId;

  get head(): string | undefined {
    const last = this.entries.at(-1);
    return last && hashOf(last.text);
  }

  /** Signs what comes next, without keeping it. */
  async sign(by: Signer, deed: Deed, link?: Signer): Promise<Made> {
    const first = deed.action === 'create';
    return this.seal(
      {
        n: this.entries.length + 1,
        ...(!first && { conversation: this.conversation, prev: this.head ?? '' }),
        ...(first && { id: '01900000-0000-7000-8000-000000000000' as MessageId, members: [], invited: [] }),
        actor: by.account,
        device: `d_${id('device')}` as DeviceId,
        actor_key: by.key,
        ...(link && { link_key: link.key }),
        ...deed,
      },
      by,
      link,
    );
  }

  async seal(entry: MembershipEntry, by: Signer, link?: Signer): Promise<Made> {
    const text = entryText(entry) ?? '';
    const signed = async ({ secret }: Signer) => encodeBytes(await signBytes(secret, utf8(text)));
    const master = await signed(by);
    const signatures = { device: master, master, ...(link && { link: await signed(link) }) };
    return { seq: this.entries.length + 1, entry, signatures, text };
  }

  /** What nobody signed. */
  word(actor: AccountId, deed: Deed): Made {
    const entry = {
      n: this.entries.length + 1,
      conversation: this.conversation,
      prev: this.head ?? '',
      actor,
      ...deed,
    };
    return { seq: this.entries.length + 1, entry, text: entryText(entry) ?? '' };
  }

  keep(made: Made): Made {
    this.entries.push(made);
    if (made.entry.action === 'create') this.conversation = groupIdOf(made.text);
    return made;
  }

  async write(by: Signer, deed: Deed, link?: Signer): Promise<Made> {
    return this.keep(await this.sign(by, deed, link));
  }
}

/** This device holds these identities. */
export function holding(...people: readonly Signer[]): KeysOf {
  const held = new Map(people.map(({ account, key }) => [account, key]));
  return async (accounts) => new Map(accounts.map((account) => [account, held.get(account) ?? null]));
}

/** What a device believes of these entries, from the first one. */
export async function followed(
  conversation: ConversationId,
  entries: readonly Placed[],
  keysOf: KeysOf = holding(),
): ReturnType<typeof follow> {
  return follow(new Follower(conversation, null, keysOf), entries);
}

async function follow(follower: Follower, entries: readonly Placed[]): Promise<Follower['result']> {
  await follower.take(entries);
  return follower.result;
}
