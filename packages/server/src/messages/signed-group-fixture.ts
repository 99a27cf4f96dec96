// A group whose changes are signed, for tests over REST: it knows its newest entry and signs what comes next. Tests only.
import type { ConversationId, EntryAction, MembershipEntry, SignedEntry } from '@parley/protocol';
import { firstEntry, type KeyPair, type Newest, newestOf, type Signatory, signedEntry } from './entry-fixture.ts';
import type { Desk } from './rest-fixture.ts';

type Fields = Partial<MembershipEntry> & { readonly action: EntryAction };

/** A group that this person founds. */
export class SignedGroup {
  readonly #desk: Desk;
  newest: Newest;

  static async found(
    desk: Desk,
    by: Signatory,
    more: Pick<MembershipEntry, 'members' | 'invited'> = {},
  ): Promise<SignedGroup> {
    const entry = firstEntry(by, { id: desk.id(), members: [], invited: [], ...more });
    const made = await desk.get('createConversation', by.account, { body: { kind: 'group', entry } });
    return new SignedGroup(desk, newestOf(made.conversation_id, entry));
  }

  private constructor(desk: Desk, newest: Newest) {
    this.#desk = desk;
    this.newest = newest;
  }

  get id(): ConversationId {
    return this.newest.conversation;
  }

  /** The next entry, not yet appended. */
  entry(by: Signatory, fields: Fields, link?: KeyPair): Required<SignedEntry> {
    return signedEntry(by, this.newest, fields, link);
  }

  /** Appends an entry as this person; the code, or `ok`: then it is the newest. */
  async append(by: Signatory, signed: SignedEntry): Promise<string> {
    const params = { conversation_id: this.id };
    const code = await this.#desk.code('appendEntry', by.account, { params, body: { entry: signed } });
    if (code === 'ok') this.newest = newestOf(this.id, signed);
    return code;
  }

  /** The next entry, appended. */
  change(by: Signatory, fields: Fields, link?: KeyPair): Promise<string> {
    return this.append(by, this.entry(by, fields, link));
  }
}
