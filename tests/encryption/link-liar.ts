// A server that lies about invitations, for tests: it names another inviter, opens another chat, and puts another key
// into the link that it was asked for. The key that an honest link names it is never told.
import type { Account, ConversationId, Invite } from '@parley/protocol';
import type { Man } from './man.ts';

/** Whoever's link it is, it says that this one invites. */
export function namesInviter(man: Man, inviter: Account): void {
  man.alter('POST /v1/invites/inspect', (found: object) => ({ ...found, inviter }));
}

/** Whoever's link it is, it says that this chat was opened. */
export function opensOther(man: Man, chat: ConversationId): void {
  man.alter('POST /v1/invites/accept', () => ({ conversation_id: chat }));
}

/** Secrets that say more than that: a key of the server's own in the place of the inviter's, or another secret. */
export const sayingSecrets: readonly ((secret: string) => string)[] = [
  (secret) => `${secret}~${'A'.repeat(43)}`,
  (secret) => `${secret}#${secret}~${'A'.repeat(43)}~`,
  (secret) => `${secret} `,
];

/** The secret of the next link that this client makes is another text. */
export function givesSecret(man: Man, change: (secret: string) => string): void {
  man.alter('POST /v1/invites', (invite: Invite) => ({ ...invite, secret: change(invite.secret ?? '') }));
}
