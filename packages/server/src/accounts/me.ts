// The own account: profile, password, deletion. Promise: what takes an account over or away asks for the password
// again, a few times at most.
import { type Me, type RouteBody, limits as wireLimits } from '@parley/protocol';
import type { AccountChange, AccountRow } from '../directory/directory.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { toMe } from './account-views.ts';
import { callerOf, ownRow } from './callers.ts';
import { leave } from './leaving.ts';
import { cleanText, readName } from './names.ts';
import { mayEnd } from './new-devices.ts';
import { notify } from './notices.ts';
import type { Context } from './parts.ts';
import { weaknessOf } from './password-strength.ts';

export function createMe(context: Context) {
  return {
    getMe: async (call) => {
      const row = await ownRow(context, call);
      return row.ok ? ok(meOf(context, row.value, callerOf(call))) : row;
    },
    updateMe: async (call) => {
      const { account } = callerOf(call);
      const change = readProfile(call.body);
      if (!change.ok) return change;
      const { bus, conversations, directory } = context;
      const changed = await directory.accounts.change(account, change.value);
      if (changed === undefined) return refuse('auth.required');
      notify(bus, [account, ...(await conversations.contactsOf(account))], 'profile', account);
      return ok(meOf(context, changed.row, callerOf(call)));
    },
    changePassword: async (call) => {
      const row = await ownRow(context, call);
      if (!row.ok) return row;
      const { new_password: password, old_password, sign_out_others: alone = false } = call.body;
      const confirmed = await confirm(context, row.value, old_password, call.signal);
      if (!confirmed.ok) return confirmed;
      const weakness = weaknessOf(password, row.value.handle);
      if (weakness !== null) return refuse('password.weak', { path: '/new_password', detail: weakness });
      const may = alone ? await mayEndOthers(context, callerOf(call)) : ok(null);
      if (!may.ok) return may;
      const hashed = await context.passwords.hash(password, call.signal);
      if (!hashed.ok) return hashed;
      return storePassword(context, row.value, hashed.value, alone ? callerOf(call) : null);
    },
    confirmMe: async (call) => {
      const row = await ownRow(context, call);
      if (!row.ok) return row;
      // Who has no password has nothing to confirm it with but the session.
      const confirmed =
        row.value.passwordHash === null ? ok(null) : await confirm(context, row.value, call.body.password, call.signal);
      return confirmed.ok ? ok({}) : confirmed;
    },
    deleteMe: async (call) => {
      const row = await ownRow(context, call);
      if (!row.ok) return row;
      // Who has no password has nothing to confirm it with but the session.
      if (row.value.passwordHash !== null) {
        const confirmed = await confirm(context, row.value, call.body.password, call.signal);
        if (!confirmed.ok) return confirmed;
      }
      return (await leave(context, row.value)) ? ok({}) : refuse('auth.refused');
    },
  } satisfies Partial<Handlers>;
}

/** The password of somebody who is signed in, a few times at most. */
export async function confirm(
  { limits, passwords }: Pick<Context, 'limits' | 'passwords'>,
  { account, passwordHash }: AccountRow,
  password: string,
  signal: AbortSignal,
): Promise<Result<null, 'auth.refused' | 'rate.limited' | 'server.overloaded'>> {
  const allowed = await limits.confirm(account);
  if (!allowed.ok) return allowed;
  const right = await passwords.verify(passwordHash, password, signal);
  if (right.ok && !right.value) return refuse('auth.refused');
  await allowed.value.passed();
  return right.ok ? ok(null) : right;
}

async function mayEndOthers({ clock, directory }: Context, { account, device: by }: Caller) {
  const rows = await directory.devices.list(account);
  return mayEnd(rows, by, { ended: (each) => each !== by, now: clock.now() });
}

/** `alone`: the device that stays signed in, while all others are signed out. */
async function storePassword(
  { bus, clock, directory, revocations }: Context,
  { account, passwordHash: before }: AccountRow,
  passwordHash: string,
  alone: Caller | null,
): Promise<Result<Record<string, never>, 'auth.refused'>> {
  const end =
    alone === null
      ? {}
      : { end: { device: null, except: alone.device, reason: 'revoked', time: clock.now() } as const };
  const changed = await directory.accounts.change(account, { passwordHash }, { ...end, ifPasswordHash: before });
  if (changed === undefined) return refuse('auth.refused');
  revocations.announce(changed.ended, 'revoked');
  if (changed.ended.length > 0) notify(bus, [account], 'devices');
  return ok({});
}

function meOf({ conversations }: Context, row: AccountRow, { device }: Caller): Me {
  return toMe(row, device, conversations.own(row.account));
}

function readProfile({ name, about }: RouteBody<'updateMe'>): Result<AccountChange, 'frame.invalid'> {
  const newName = name === undefined ? undefined : readName(name, wireLimits.maxNameCharacters);
  if (newName === null) return refuse('frame.invalid', { path: '/name' });
  const newAbout = about === undefined ? undefined : cleanText(about);
  if (newAbout !== undefined && newAbout.length > wireLimits.maxAboutCharacters)
    return refuse('frame.invalid', { path: '/about' });
  return ok({
    ...(newName === undefined ? {} : { name: newName }),
    ...(newAbout === undefined ? {} : { about: newAbout }),
  });
}
