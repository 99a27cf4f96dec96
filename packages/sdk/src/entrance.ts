// Before there is a client: about the server, signing up and in, and what an invitation is. [ACC]
import type { Me, RouteResult, Session } from '@parley/protocol';
import type { Entrance, SessionView } from './api.ts';
import { ChatError } from './error.ts';
import { readGroupLink, vouched } from './group-link.ts';
import { readInviteLink, usedLink } from './invite-link.ts';
import { inspectInvite, secretOf } from './invites.ts';
import { toPerson } from './people.ts';
import type { Rest } from './rest.ts';
import { milliseconds } from './time.ts';
import type { MeView } from './views.ts';

/**
 * Calls over REST. With `cookie` the host keeps the session and no token is seen. `onSession` sees every new one,
 * `onEntering` that somebody is about to have one.
 */
export function entranceOver(
  rest: Rest,
  cookie: boolean,
  onSession: (session: Session) => void,
  onEntering: () => void = () => {},
): Entrance {
  const asCookie = cookie ? { cookie } : {};
  const enter = async (asked: Promise<Session>): Promise<SessionView> => {
    onEntering();
    const session = await asked;
    onSession(session);
    return toSession(session);
  };
  return {
    server: (): Promise<RouteResult<'getServer'>> => rest('getServer'),
    setUp: (secret, account) =>
      enter(rest('createOwner', { body: { secret: secretOf(secret), ...toBody(account), ...asCookie } })),
    signUp: async ({ invite, ...account }) => {
      const body = toBody(account);
      const link = invite === undefined ? null : readGroupLink(invite);
      const told = invite === undefined || link !== null ? null : readInviteLink(invite);
      const invited = told === null ? {} : { invite: told.secret };
      const way = link === null ? invited : { link: await vouched(link, body.handle) };
      const session = await enter(rest('createAccount', { body: { ...body, ...way, ...asCookie } }));
      if (invite === undefined) return session;
      if (link !== null) return { ...session, invite };
      // If the chat is opened only later, the link says who is to have its key, and not the server.
      const used = session.conversation ?? told?.inviter;
      return { ...session, invite: told?.fingerprint && used ? usedLink(invite, used) : null };
    },
    signIn: ({ handle, password, deviceName }) => {
      const body = { handle: bareOf(handle), password, device_name: deviceName, ...asCookie };
      return enter(rest('createSession', { body }));
    },
    prepare: onEntering,
    signInWithRecoveryKey: async ({ handle, key, deviceName }) => {
      onEntering();
      // Loaded when it is needed: few come in this way.
      const [{ readRecoveryKey }, { recoveryPairs, signChallenge }] = await Promise.all([
        import('./crypto/recovery-text.ts'),
        import('./crypto/recovery-key.ts'),
      ]);
      const typed = readRecoveryKey(key);
      if (!typed.ok) throw new ChatError('recovery.invalid');
      const { signing } = await recoveryPairs(typed.key);
      const { challenge } = await rest('createChallenge', { body: { handle: bareOf(handle) } });
      const signature = await signChallenge(signing, challenge);
      const body = { handle: bareOf(handle), challenge, signature, device_name: deviceName, ...asCookie };
      return enter(rest('createRecoverySession', { body }));
    },
    guest: (name) => enter(rest('createGuest', { body: { name } })),
    inspectInvite: (secret) => inspectInvite(rest, secret),
  };
}

/** The own account as it is shown. */
export function toMe(me: Me): MeView {
  const { device, admin, notes } = me;
  return { ...toPerson(me), device, admin, notes, createdAt: milliseconds(me.created_at) };
}

function toSession(session: Session): SessionView {
  return {
    me: toMe(session.me),
    token: session.token ?? null,
    conversation: session.conversation_id ?? null,
    invite: null,
  };
}

function toBody(account: {
  readonly handle: string;
  readonly name: string;
  readonly password: string;
  readonly deviceName: string;
}) {
  const { handle, name, password, deviceName } = account;
  return { handle: bareOf(handle), name, password, device_name: deviceName };
}

function bareOf(handle: string): string {
  return handle.trim().replace(/^@/, '').toLowerCase();
}
