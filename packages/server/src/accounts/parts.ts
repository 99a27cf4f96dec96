// What the use cases of accounts stand on, and what others do for them. No use case knows an adapter, a socket or a
// conversation: these functions are all that it sees of them.
import type {
  AccountId,
  ConversationId,
  DeviceId,
  ErrorCode,
  LinkRef,
  RouteResult,
  SignupPolicy,
} from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Directory, IntentRow } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { Random } from '../kernel/random.ts';
import type { Result } from '../kernel/result.ts';
import type { CredentialLimits } from './credential-limits.ts';
import type { Intents } from './intents.ts';
import type { LastSeen } from './last-seen.ts';
import type { Passwords } from './passwords.ts';
import type { Revocations } from './revocations.ts';
import type { Setup } from './setup.ts';
import type { Authenticator } from './tokens.ts';

/** What the operator has set. */
export interface AccountPolicy {
  readonly signup: SignupPolicy;
  readonly guests: boolean;
  /** `PARLEY_DIRECTORY`: people are found by their exact handle only, or also by how handles and names begin. */
  readonly people: 'exact' | 'members';
  readonly serverName: string;
  readonly version: string;
}

/** The conversations that come and go with accounts. Whatever appends derives its ids from the intent, so doing it twice is doing it once. */
export interface AccountConversations {
  /** Ids of the account's own log and of its notes to self. Pure. */
  own(account: AccountId): { readonly account_log: ConversationId; readonly notes: ConversationId };
  /** Makes account log and notes, and with an inviter the direct conversation in which both are contacts. */
  openConversations(
    account: AccountId,
    inviter: AccountId | null,
    intent: IntentRow,
  ): Promise<Result<{ readonly conversation_id: ConversationId | null }, ErrorCode>>;
  /** The direct conversation of two accounts that exist, in which they become contacts. It may be there already. */
  openContact(
    account: AccountId,
    inviter: AccountId,
    intent: IntentRow,
  ): Promise<Result<{ readonly conversation_id: ConversationId }, ErrorCode>>;
  /** Leaves every conversation, passing ownership on. */
  leaveEverything(account: AccountId, intent: IntentRow): Promise<Result<null, ErrorCode>>;
  /** At most `maxConversationsPerAccount`. */
  contactsOf(account: AccountId): Promise<readonly AccountId[]>;
  /** What a secret of a group or room invites to; null when it is no (longer a) good one. */
  inspectInvite(
    secret: string,
  ): Promise<{ readonly inviter: AccountId; readonly title?: string; readonly approval?: true } | null>;
  /** Where a link of a group leads, by its public key; null when it is no (longer a) good one, or did not sign the text. */
  inspectLink(link: LinkRef, proof?: { readonly text: string; readonly signature: string }): Promise<LinkTarget | null>;
  /** Joins (or waits to be let in) by the secret of a group or room; `invite.invalid` when it is none. */
  acceptInvite(
    account: AccountId,
    secret: string,
  ): Promise<Result<{ readonly conversation_id: ConversationId; readonly waiting?: true }, ErrorCode>>;
}

/** Where a link leads, and the newest entry of the member list there. */
export interface LinkTarget {
  readonly inviter: AccountId;
  readonly approval?: true;
  readonly memberN: number;
  readonly memberHead: string;
}

/** What an operator sees of the server beside its accounts. */
export type ServerNumbers = Omit<RouteResult<'adminStatus'>, 'accounts'>;

/** What must be given. */
export interface AccountsParts {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  readonly events: Events;
  readonly policy: AccountPolicy;
  readonly conversations: AccountConversations;
  readonly isOnline: (device: DeviceId) => Promise<boolean>;
  /** Who greets accounts that nobody invited (the echo bot), or null. */
  readonly greeter: () => AccountId | null;
  readonly status: () => Promise<ServerNumbers>;
}

/** The parts and what is built from them: what every use case gets. */
export interface Context extends AccountsParts {
  readonly passwords: Passwords;
  readonly limits: CredentialLimits;
  readonly authenticator: Authenticator;
  readonly revocations: Revocations;
  readonly intents: Intents;
  readonly setup: Setup;
  readonly lastSeen: LastSeen;
}
