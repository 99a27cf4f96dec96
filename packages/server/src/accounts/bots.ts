// The accounts of programs that come with the server, such as the one that greets: made once, without a password.
import type { AccountId } from '@parley/protocol';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { parseHandle } from './handles.ts';
import { freshLogin } from './logins.ts';
import type { Context } from './parts.ts';
import { register } from './sign-up.ts';

export interface BotWish {
  readonly handle: string;
  readonly name: string;
  /** Give a token even if the account exists: its program has lost the one it had, and older ones end. */
  readonly login: boolean;
}

/** The bot's account, and a token when it is new or one was asked for. */
export interface Bot {
  readonly account: AccountId;
  readonly token: string | null;
}

export type BotRefusal = 'handle.invalid' | 'handle.taken' | 'account.disabled' | 'unavailable';

const deviceName = 'Server';

/** Makes the account, or finds it. `handle.taken`: it is a person's. */
export async function createBot(context: Context, { handle, name, login }: BotWish): Promise<Result<Bot, BotRefusal>> {
  const { clock, directory, revocations } = context;
  if (parseHandle(handle) !== handle) return refuse('handle.invalid');
  const known = await directory.accounts.byHandle(handle);
  if (known === undefined) return newBot(context, handle, name);
  const { account, kind, passwordHash, state } = known;
  if (kind !== 'bot') return refuse('handle.taken');
  if (state !== 'active') return refuse('account.disabled');
  if (!login) return ok({ account, token: null });
  const end = { device: null, except: null, reason: 'revoked', time: clock.now() } as const;
  revocations.announce(await directory.devices.end(account, end), 'revoked');
  const fresh = freshLogin(context, account, deviceName);
  const added = await directory.devices.add(fresh.login, 1, passwordHash);
  return added === 'done' ? ok({ account, token: fresh.token }) : refuse('account.disabled');
}

async function newBot(context: Context, handle: string, name: string): Promise<Result<Bot, BotRefusal>> {
  const newcomer = { handle, name, kind: 'bot', admin: false, password: null, deviceName } as const;
  const never = new AbortController().signal;
  const registered = await register(context, newcomer, { inviteHash: null, inviter: null }, never);
  if (!registered.ok) return refuse(registered.code === 'handle.taken' ? registered.code : 'unavailable');
  const { row, fresh, intent } = registered.value;
  await context.intents.perform(intent);
  return ok({ account: row.account, token: fresh.token });
}
