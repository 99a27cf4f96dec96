// Makes the next entry of a member list and hands it to the server: signed by this device, by the identity of the
// account and, for who comes by one, by a link. Where somebody else was first it is signed anew behind that. [MEM]
import type { AccountId, ConversationId, DeviceId, MembershipEntry, SignedEntry } from '@parley/protocol';
import { entryText } from '@parley/protocol/entry-text';
import { ChatError } from './error.ts';
import { type GroupLink, signedBy } from './group-link.ts';
import { maxEntryRounds } from './limits.ts';
import type { MembershipKeys } from './ports.ts';
import type { Rest } from './rest.ts';

/** What an entry does, beside who, when and after what. */
export type EntryDeed = Omit<
  MembershipEntry,
  'conversation' | 'n' | 'prev' | 'actor' | 'device' | 'actor_key' | 'link_key'
> & { readonly link_key?: string };

/** The newest entry, as far as the author knows. */
export interface Head {
  readonly n: number;
  readonly hash: string;
}

interface SignerParts {
  readonly keys: MembershipKeys;
  readonly rest: Rest;
  readonly me: AccountId;
  readonly device: () => DeviceId | null;
}

/** The leader's pen. */
export class EntrySigner {
  readonly #parts: SignerParts;

  constructor(parts: SignerParts) {
    this.#parts = parts;
  }

  /** Appends what `next` says, asked anew each time. @throws {ChatError} `members.unsigned` while this device cannot sign */
  async append(
    id: ConversationId,
    next: () => Promise<{ readonly head: Head; readonly deed: EntryDeed }>,
    link?: GroupLink,
  ): Promise<void> {
    for (let round = 1; ; round++) {
      const { head, deed } = await next();
      const entry = await this.sign({ conversation: id, n: head.n + 1, prev: head.hash, ...deed }, link);
      try {
        await this.#parts.rest('appendEntry', { params: { conversation_id: id }, body: { entry } });
        return;
      } catch (error) {
        const isLate = error instanceof ChatError && error.code === 'members.stale';
        if (!isLate || round === maxEntryRounds) throw error;
      }
    }
  }

  /** An entry with everybody's signatures who has to. */
  async sign(what: Omit<MembershipEntry, 'actor' | 'device' | 'actor_key'>, link?: GroupLink): Promise<SignedEntry> {
    const { keys, me } = this.#parts;
    const [key, device] = [await keys.ownKey(), this.#parts.device()];
    if (key === null || device === null) throw new ChatError('members.unsigned');
    const entry: MembershipEntry = { ...what, actor: me, device, actor_key: key };
    const text = entryText(entry);
    const signed = text === null ? null : await keys.sign(text);
    if (text === null || signed === null) throw new ChatError('members.unsigned');
    return { entry, signatures: { ...signed, ...(link && { link: await signedBy(link.seed, text) }) } };
  }
}
