// What accounts ask of conversations: log, notes and the chat with who invited, contacts, links, leaving. The ids of
// records derive from the intent, so what is done again is done once.
import { type AccountId, type ConversationId, type ErrorCode, limits as wire } from '@parley/protocol';
import type { AccountConversations } from '../accounts/parts.ts';
import type { IntentRow } from '../directory/directory.ts';
import { ok, type Result } from '../kernel/result.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { isOpenLink } from '../sequencer/pending-state.ts';
import { peerOf, stateOf } from './access.ts';
import { type ContextParts, type ConversationContext, createContext } from './context.ts';
import { followLink, linkOf } from './conversation-links.ts';
import { leaveEverything, recordOf } from './leave-everything.ts';
import { presentIn, statesOf } from './memberships.ts';

/** What accounts may ask. */
export function createAccountConversations(parts: ContextParts): AccountConversations {
  const context = createContext(parts);
  return {
    own,

    async openConversations(account, inviter, intent) {
      const { account_log, notes } = own(account);
      const log = await open(context, intent, { conversation: account_log, kind: 'account', members: [account] });
      if (!log.ok) return log;
      const noted = await open(context, intent, { conversation: notes, kind: 'direct', members: [account] });
      if (!noted.ok) return noted;
      return inviter === null ? ok({ conversation_id: null }) : openContact(account, inviter, intent);
    },

    openContact,

    leaveEverything: (account, intent) => leaveEverything(context, { account, intent }),

    async contactsOf(account) {
      const states = await statesOf(context.rows, await presentIn(context.rows, account));
      const contacts = states.flatMap((state) => (state.contact ? (peerOf(state, account) ?? []) : []));
      return contacts.slice(0, wire.maxConversationsPerAccount);
    },

    async inspectInvite(secret) {
      const found = await linkOf(context, secret);
      if (found === null) return null;
      const { state, invite } = found;
      const { createdBy: inviter, approval } = invite;
      return { inviter, ...(state.kind === 'room' && { title: state.title }), ...(approval && { approval }) };
    },

    async inspectLink({ conversation_id, key }, proof) {
      const state = await stateOf(context.rows, conversation_id);
      const now = context.clock.now();
      const link = state?.invites.find((one) => one.secretHash === key && isOpenLink(one, now));
      if (state?.kind !== 'group' || link === undefined) return null;
      if (proof !== undefined && !context.signers.hasSigned(key, proof.text, proof.signature)) return null;
      const { createdBy: inviter, approval } = link;
      return { inviter, ...(approval && { approval }), memberN: state.memberN, memberHead: state.head };
    },

    acceptInvite: (account, secret) => followLink(context, account, secret),
  };

  async function openContact(account: AccountId, inviter: AccountId, intent: IntentRow) {
    const conversation = directConversation(account, inviter);
    const opened = await open(context, intent, { conversation, kind: 'direct', members: [account, inviter] });
    return opened.ok ? ok({ conversation_id: conversation }) : opened;
  }
}

function own(account: AccountId) {
  return { account_log: accountLog(account), notes: directConversation(account, account) };
}

interface Founding {
  readonly conversation: ConversationId;
  readonly kind: 'account' | 'direct';
  /** The one who opens it first. Two are contacts. */
  readonly members: readonly [AccountId, ...AccountId[]];
}

/** Makes it; what is there already is as good. */
function open(
  { appender }: ConversationContext,
  intent: IntentRow,
  { conversation, kind, members }: Founding,
): Promise<Result<number, ErrorCode>> {
  const act = { conversation, sender: members[0], device: null, id: recordOf(intent, ['open', conversation]) };
  const contact = members.length === 2;
  const blank = { title: '', topic: '', access: 'invite', history: 'none' } as const;
  return appender.change(act, { action: 'create', kind, members, contact, ...blank });
}
