// New accounts: the owner by the set-up link, people by invitation or openly, guests, and what all of them have in
// common. Promise: an account exists with its first device, its claim and its intent, or not at all; a conversation that
// cannot be opened now costs nobody the account.
import {
  type AccountId,
  type ErrorCode,
  idFromBytes,
  type RouteBody,
  type Session,
  limits as wireLimits,
} from '@parley/protocol';
import { type AccountKind, type AccountRow, type IntentRow, isOpenInvite } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { claimOf, guestHandle, isReserved, parseHandle } from './handles.ts';
import { openIntent } from './intent-rows.ts';
import { findInvitation, findLink } from './invitations.ts';
import { type FreshLogin, freshLogin, toSession } from './logins.ts';
import { readName } from './names.ts';
import type { Context } from './parts.ts';
import { weaknessOf } from './password-strength.ts';
import { secretHash } from './tokens.ts';

/** Who wants an account, with everything checked that can be checked without asking anybody. */
export interface Newcomer {
  readonly handle: string;
  readonly name: string;
  readonly kind: AccountKind;
  readonly admin: boolean;
  /** Null: nobody can sign in with a password. */
  readonly password: string | null;
  readonly deviceName: string;
}

/** What brings somebody here. */
export interface Welcome {
  /** Invitation that is used up by one. */
  readonly inviteHash: string | null;
  /** Whom they meet first. */
  readonly inviter: AccountId | null;
}

/** An account that has just been stored. */
export interface Registered {
  readonly row: AccountRow;
  readonly fresh: FreshLogin;
  readonly intent: IntentRow;
}

/** A guest's handle is made of chance; so often another one is tried. */
const guestTries = 3;

export function createSignUp(context: Context) {
  return {
    createOwner: async ({ address, body, signal }) => {
      const allowed = await context.limits.secret(address);
      if (!allowed.ok) return allowed;
      const inviteHash = secretHash(body.secret);
      if (!(await isSetupLink(context, inviteHash))) return refuse('setup.done');
      await allowed.value.passed();
      const owner = readPerson(body, true);
      if (!owner.ok) return owner;
      const welcome = { inviteHash, inviter: context.greeter() };
      const registered = await register(context, owner.value, welcome, signal);
      if (!registered.ok) return registered.code === 'invite.invalid' ? refuse('setup.done') : registered;
      return ok(await open(context, registered.value));
    },
    createAccount: async ({ address, body, signal }) => {
      if (context.policy.signup === 'closed') return refuse('signup.closed');
      const person = readPerson(body, false);
      if (!person.ok) return person;
      if (body.link !== undefined) return linked(context, person.value, body, address, signal);
      return body.invite === undefined
        ? uninvited(context, person.value, address, signal)
        : invited(context, person.value, body.invite, address, signal);
    },
    createGuest: async ({ address, body, signal }) => {
      if (!context.policy.guests) return refuse('signup.closed');
      const name = readName(body.name, wireLimits.maxNameCharacters);
      if (name === null) return refuse('frame.invalid', { path: '/name' });
      const allowed = await context.limits.signUp(address);
      return allowed.ok ? guest(context, name, signal) : allowed;
    },
  } satisfies Partial<Handlers>;
}

/**
 * Stores a new account.
 * @returns `handle.taken`; `invite.invalid` when the invitation was used up, revoked or expired meanwhile
 */
export async function register(
  context: Context,
  newcomer: Newcomer,
  { inviteHash, inviter }: Welcome,
  signal: AbortSignal,
): Promise<Result<Registered, 'handle.taken' | 'invite.invalid' | 'server.overloaded'>> {
  const { clock, directory, passwords, random } = context;
  const { handle, name, kind, admin, password, deviceName } = newcomer;
  const hashed = password === null ? ok(null) : await passwords.hash(password, signal);
  if (!hashed.ok) return hashed;
  const account = idFromBytes('a', random.bytes(16)) as AccountId;
  const createdAt = clock.now();
  const profile = { account, handle, name, about: '', kind, admin };
  const row: AccountRow = { ...profile, state: 'active', passwordHash: hashed.value, createdAt };
  const fresh = freshLogin(context, account, deviceName);
  const intent = openIntent(account, inviter, createdAt);
  const claim = claimOf(handle);
  const outcome = await directory.accounts.signUp({ account: row, claim, login: fresh.login, inviteHash, intent });
  if (outcome === 'taken') return refuse('handle.taken');
  return outcome === 'invalid' ? refuse('invite.invalid') : ok({ row, fresh, intent });
}

async function uninvited(
  context: Context,
  person: Newcomer,
  address: string,
  signal: AbortSignal,
): Promise<Result<Session, ErrorCode>> {
  if (context.policy.signup !== 'open') return refuse('signup.closed');
  // Counted whether it goes well or not: the answer says which handles are taken.
  const allowed = await context.limits.signUp(address);
  if (!allowed.ok) return allowed;
  const registered = await register(context, person, { inviteHash: null, inviter: context.greeter() }, signal);
  return registered.ok ? ok(await open(context, registered.value)) : registered;
}

async function invited(
  context: Context,
  person: Newcomer,
  secret: string,
  address: string,
  signal: AbortSignal,
): Promise<Result<Session, ErrorCode>> {
  const invitation = await findInvitation(context, secret, address);
  if (!invitation.ok) return invitation;
  if (invitation.value.kind === 'account') {
    const welcome = { inviteHash: secretHash(secret), inviter: invitation.value.inviter.account };
    const registered = await register(context, person, welcome, signal);
    return registered.ok ? ok(await open(context, registered.value)) : registered;
  }
  // A link into a group or room counts its uses in the log, which no account is part of yet: so it is limited here.
  const allowed = await context.limits.signUp(address);
  if (!allowed.ok) return allowed;
  const registered = await register(context, person, { inviteHash: null, inviter: null }, signal);
  if (!registered.ok) return registered;
  const session = await open(context, registered.value);
  return ok({ ...session, ...(await join(context, registered.value.row.account, secret)) });
}

/** Whom a link of a group vouches for. It comes in by a signed entry once it has keys; only then is a use counted. */
async function linked(
  context: Context,
  person: Newcomer,
  { link, invite, handle }: Pick<RouteBody<'createAccount'>, 'link' | 'invite' | 'handle'>,
  address: string,
  signal: AbortSignal,
): Promise<Result<Session, ErrorCode>> {
  if (link === undefined || invite !== undefined) return refuse('frame.invalid', { path: '/link' });
  const { signature } = link;
  const found = await findLink(context, link, address, { handle, signature });
  if (!found.ok) return found;
  const allowed = await context.limits.signUp(address);
  if (!allowed.ok) return allowed;
  const registered = await register(context, person, { inviteHash: null, inviter: null }, signal);
  return registered.ok ? ok(await open(context, registered.value)) : registered;
}

async function guest(context: Context, name: string, signal: AbortSignal): Promise<Result<Session, ErrorCode>> {
  const common = { name, kind: 'guest', admin: false, password: null, deviceName: 'Guest' } as const;
  for (let tries = 1; ; tries++) {
    const newcomer = { ...common, handle: guestHandle(context.random.bytes(8)) };
    const registered = await register(context, newcomer, { inviteHash: null, inviter: null }, signal);
    if (registered.ok) return ok(await open(context, registered.value));
    if (registered.code !== 'handle.taken' || tries === guestTries) return registered;
  }
}

/** Opens the conversations of a new account. When that is not possible now, the intent waits and the session is given. */
async function open(context: Context, { row, fresh, intent }: Registered): Promise<Session> {
  const opened = await context.intents.perform(intent);
  const session = toSession(context, row, fresh);
  return opened.ok && opened.value !== null ? { ...session, conversation_id: opened.value } : session;
}

async function join(context: Context, account: AccountId, secret: string): Promise<Pick<Session, 'conversation_id'>> {
  try {
    const joined = await context.conversations.acceptInvite(account, secret);
    return joined.ok ? { conversation_id: joined.value.conversation_id } : {};
  } catch (error) {
    context.events.fault('sign-up', error);
    return {};
  }
}

async function isSetupLink({ clock, directory }: Context, inviteHash: string): Promise<boolean> {
  const link = await directory.invites.bySecret(inviteHash);
  return link !== undefined && link.inviter === null && isOpenInvite(link, clock.now());
}

function readPerson(
  body: Pick<RouteBody<'createAccount'>, 'handle' | 'name' | 'password' | 'device_name'>,
  owner: boolean,
): Result<Newcomer, ErrorCode> {
  const handle = parseHandle(body.handle);
  if (handle === null) return refuse('handle.invalid');
  if (isReserved(handle, owner)) return refuse('handle.taken');
  const name = readName(body.name, wireLimits.maxNameCharacters);
  if (name === null) return refuse('frame.invalid', { path: '/name' });
  const deviceName = readName(body.device_name, wireLimits.maxDeviceNameCharacters);
  if (deviceName === null) return refuse('frame.invalid', { path: '/device_name' });
  const weakness = weaknessOf(body.password, handle);
  if (weakness !== null) return refuse('password.weak', { path: '/password', detail: weakness });
  return ok({ handle, name, kind: 'person', admin: owner, password: body.password, deviceName });
}
