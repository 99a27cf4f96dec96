// The conversations that come and go with accounts: log, notes and the chat with who invited; leaving everything. The
// ids of records derive from the intent, so what is done again is done once.
import type { AccountId, ConversationId, ErrorCode, MessageId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { AccountConversations } from '../accounts/parts.ts';
import type { IntentRow } from '../directory/directory.ts';
import { leavesAtOnce } from '../kernel/limits.ts';
import { ok, type Result } from '../kernel/result.ts';
import { accountLog, derivedRecord, directConversation } from '../sequencer/conversation-ids.ts';
import { peerOf, standingOf } from './access.ts';
import { type ContextParts, createContext } from './context.ts';
import { followLink, linkOf } from './conversation-links.ts';
import { presentIn, presentPages, statesOf } from './memberships.ts';

type Done = Result<null, ErrorCode>;

/** What accounts ask of conversations. */
export function createAccountConversations(parts: ContextParts): AccountConversations {
  const context = createContext(parts);
  const { rows, appender } = context;
  const own = (account: AccountId) => ({
    account_log: accountLog(account),
    notes: directConversation(account, account),
  });
  const contactOf = async (account: AccountId, inviter: AccountId, intent: IntentRow) => {
    const conversation_id = directConversation(account, inviter);
    const founding = { conversation: conversation_id, kind: 'direct', members: [account, inviter] } as const;
    const opened = await open(account, founding, intent);
    return opened.ok ? ok({ conversation_id }) : opened;
  };
  return {
    own,

    async openConversations(account, inviter, intent) {
      const { account_log, notes } = own(account);
      const opened = [
        await open(account, { conversation: account_log, kind: 'account', members: [account] }, intent),
        await open(account, { conversation: notes, kind: 'direct', members: [account] }, intent),
      ];
      const refused = opened.find((each) => !each.ok);
      if (refused !== undefined && !refused.ok) return refused;
      return inviter === null ? ok({ conversation_id: null }) : contactOf(account, inviter, intent);
    },

    openContact: contactOf,

    async leaveEverything(account, intent) {
      for (;;) {
        const done = await leaveOnce(account, intent);
        if (!done.ok) return done;
        if (done.value === 0) return ok(null);
      }
    },

    async contactsOf(account) {
      const states = await statesOf(rows, await presentIn(rows, account));
      const contacts = states.flatMap((state) => (state.contact ? (peerOf(state, account) ?? []) : []));
      return contacts.slice(0, wire.maxConversationsPerAccount);
    },

    async inspectInvite(secret) {
      const found = await linkOf(context, secret);
      if (found === null) return null;
      const { state, invite } = found;
      return { inviter: invite.createdBy, ...(state.kind === 'room' ? { title: state.title } : {}) };
    },

    acceptInvite: (account, secret) => followLink(context, account, secret),
  };

  interface Founding {
    readonly conversation: ConversationId;
    readonly kind: 'account' | 'direct';
    readonly members: readonly AccountId[];
  }

  async function open(sender: AccountId, { conversation, kind, members }: Founding, intent: IntentRow): Promise<Done> {
    const act = { conversation, sender, device: null, id: recordOf(intent, 'open', conversation) };
    const contact = members.length === 2;
    const blank = { title: '', topic: '', access: 'invite', history: 'none' } as const;
    const made = await appender.change(act, { action: 'create', kind, members, contact, ...blank });
    return made.ok ? ok(null) : made;
  }

  /** Leaves what the account is in; resolves to how many that were. Until none is left: it may have come in meanwhile. */
  async function leaveOnce(account: AccountId, intent: IntentRow): Promise<Result<number, ErrorCode>> {
    let count = 0;
    for await (const present of presentPages(rows, account)) {
      const states = await statesOf(rows, present);
      const left = states.filter(({ kind }) => kind === 'group' || kind === 'room');
      for (let at = 0; at < left.length; at += leavesAtOnce) {
        const some = left.slice(at, at + leavesAtOnce);
        const done = await Promise.all(some.map(({ conversation }) => leave(account, conversation, intent)));
        for (const each of done) {
          if (!each.ok) return each;
          count += each.value;
        }
      }
    }
    return ok(count);
  }

  /** Each stay is left by a record of its own. Who was removed meanwhile has left; resolves to how many stays ended. */
  async function leave(
    sender: AccountId,
    conversation: ConversationId,
    intent: IntentRow,
  ): Promise<Result<number, ErrorCode>> {
    const standing = await standingOf(rows, conversation, sender);
    if (standing === null || standing.role === null) return ok(0);
    const id = recordOf(intent, 'leave', conversation, String(standing.joinedSeq));
    const left = await appender.change({ conversation, sender, device: null, id }, { action: 'leave' });
    if (!left.ok && left.code === 'conversation.denied') return ok(0);
    return left.ok ? ok(1) : left;
  }
}

function recordOf({ intent, createdAt }: IntentRow, ...purpose: readonly string[]): MessageId {
  return derivedRecord(createdAt, [intent, ...purpose]);
}
