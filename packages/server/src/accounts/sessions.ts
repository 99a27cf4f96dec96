// Signing in and out, and new tokens for old. Promise: a wrong password and an unknown handle are one answer at one
// cost; nobody comes in with a password that was changed while it was being compared; a lost answer costs no device.
import { type AccountId, type RouteBody, type Session, limits as wireLimits } from '@parley/protocol';
import type { AccountRow } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { callerOf } from './callers.ts';
import type { Attempt } from './credential-limits.ts';
import { parseHandle } from './handles.ts';
import { leave } from './leaving.ts';
import { freshLogin, toSession } from './logins.ts';
import { readName } from './names.ts';
import { notify } from './notices.ts';
import type { Context } from './parts.ts';
import { mintToken, secretHash } from './tokens.ts';

type SignInRefusal =
  | 'frame.invalid'
  | 'rate.limited'
  | 'server.overloaded'
  | 'auth.refused'
  | 'account.disabled'
  | 'device.too_many';

export function createSessions(context: Context) {
  return {
    createSession: async ({ address, body, signal }): Promise<Result<Session, SignInRefusal>> => {
      const deviceName = readName(body.device_name, wireLimits.maxDeviceNameCharacters);
      if (deviceName === null) return refuse('frame.invalid', { path: '/device_name' });
      const handle = parseHandle(body.handle);
      const allowed = await context.limits.login(handle ?? body.handle.toLowerCase(), address);
      if (!allowed.ok) return allowed;
      const row = await context.directory.accounts.byHandle(handle ?? '');
      return signIn(context, { row, body, deviceName, address, attempt: allowed.value, signal });
    },
    deleteSession: async ({ caller }) => {
      const { account, device } = callerOf({ caller });
      const { clock, directory, revocations } = context;
      const [row] = await directory.accounts.get([account]);
      if (row?.kind === 'guest') {
        // Nobody could ever sign in to it again.
        await leave(context, row);
        return ok({});
      }
      const end = { device, except: null, reason: 'revoked', time: clock.now() } as const;
      revocations.announce(await directory.devices.end(account, end), 'revoked');
      notify(context.bus, [account], 'devices');
      return ok({});
    },
    replaceToken: async ({ caller }) => {
      const token = mintToken(context.random);
      const replaced = await context.directory.tokens.replace(callerOf({ caller }).device, secretHash(token));
      return replaced ? ok({ token }) : refuse('auth.required');
    },
  } satisfies Partial<Handlers>;
}

/** Somebody who wants in with a proof of their own instead of a password. */
export interface Proof {
  readonly handle: string;
  readonly address: string;
  readonly deviceName: string;
  /** Is it a proof for this account? Null, for a handle that nobody has, takes as long. */
  readonly proves: (account: AccountId | null) => Promise<boolean>;
}

/** A new device for who has the proof; counted and answered as a password is. */
export async function signInByProof(
  context: Context,
  proof: Proof,
): Promise<Result<Session, Exclude<SignInRefusal, 'server.overloaded'>>> {
  const { bus, directory, limits } = context;
  const deviceName = readName(proof.deviceName, wireLimits.maxDeviceNameCharacters);
  if (deviceName === null) return refuse('frame.invalid', { path: '/device_name' });
  const handle = parseHandle(proof.handle);
  const allowed = await limits.login(handle ?? proof.handle.toLowerCase(), proof.address);
  if (!allowed.ok) return allowed;
  const row = await directory.accounts.byHandle(handle ?? '');
  if (!(await proof.proves(row?.account ?? null)) || row === undefined) {
    context.events.audit('sign_in_refused', { address: proof.address, account: row?.account });
    return refuse('auth.refused');
  }
  await allowed.value.passed();
  if (row.state === 'disabled') return refuse('account.disabled');
  const fresh = freshLogin(context, row.account, deviceName, true);
  const added = await directory.devices.add(fresh.login, wireLimits.maxDevices);
  if (added !== 'done') return refuse(added === 'full' ? 'device.too_many' : 'auth.refused');
  notify(bus, [row.account], 'devices');
  return ok(toSession(context, row, fresh));
}

interface SignIn {
  readonly row: AccountRow | undefined;
  readonly body: RouteBody<'createSession'>;
  readonly deviceName: string;
  readonly address: string;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  /** The password was another one by the time the device was added, and this is the second look. */
  readonly again?: true;
}

async function signIn(context: Context, asked: SignIn): Promise<Result<Session, SignInRefusal>> {
  const { row, body, deviceName, attempt, signal, again } = asked;
  const { bus, directory, passwords } = context;
  const right = await passwords.verify(row?.passwordHash ?? null, body.password, signal);
  if (!right.ok) {
    // Nothing was compared, so nothing was guessed.
    await attempt.passed();
    return right;
  }
  if (row === undefined || !right.value) {
    context.events.audit('sign_in_refused', { address: asked.address, account: row?.account });
    return refuse('auth.refused');
  }
  if (again !== true) await attempt.passed();
  if (row.state === 'disabled') return refuse('account.disabled');
  const fresh = freshLogin(context, row.account, deviceName);
  const added = await directory.devices.add(fresh.login, wireLimits.maxDevices, row.passwordHash);
  if (added === 'full') return refuse('device.too_many');
  if (added === 'gone') {
    if (again === true) return refuse('auth.refused');
    return signIn(context, { ...asked, row: await directory.accounts.byHandle(row.handle), again: true });
  }
  await hashAnew(context, row, body.password, signal);
  notify(bus, [row.account], 'devices');
  return ok(toSession(context, row, fresh));
}

/** Costs of hashing rise over the years: a right password is stored with those of today, unless it was changed. */
async function hashAnew(context: Context, row: AccountRow, password: string, signal: AbortSignal): Promise<void> {
  const { directory, passwords } = context;
  if (row.passwordHash === null || !passwords.isOutdated(row.passwordHash)) return;
  const hashed = await passwords.hash(password, signal);
  if (!hashed.ok) return;
  const also = { ifPasswordHash: row.passwordHash };
  await directory.accounts.change(row.account, { passwordHash: hashed.value }, also);
}
