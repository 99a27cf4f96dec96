// About the server for everybody, and what its operators may do: see counts, disable, give rights, reset a password,
// sign out. It must never show what somebody wrote, nor let an operator sign in as somebody without them noticing.
import { protocolVersion, type RouteResult, limits as wireLimits } from '@parley/protocol';
import type { AccountChange, AccountRow, End } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { isPresent, toAccount } from './account-views.ts';
import { leaveIfStranded } from './leaving.ts';
import { notify } from './notices.ts';
import type { Context } from './parts.ts';
import { randomPassword } from './random-password.ts';

export function createOperator(context: Context) {
  const { clock, directory, policy, revocations } = context;
  return {
    getServer: async () => {
      const { guests, serverName: name, signup, version } = policy;
      const setup_needed = await context.setup.isNeeded();
      const server_time = rfc3339(clock.now());
      return ok({ name, version, protocol: protocolVersion, signup, guests, setup_needed, server_time });
    },
    adminStatus: async () => {
      const [{ accounts }, numbers] = await Promise.all([directory.people.counts(), context.status()]);
      return ok({ accounts, ...numbers });
    },
    adminAccounts: async ({ query }) => {
      const { limit = wireLimits.defaultPageItems, cursor = '' } = query;
      const rows = await directory.people.page(cursor, limit + 1);
      const items = rows.slice(0, limit).map((row) => toAdminAccount(row, row.devices));
      const last = rows.length > limit ? rows[limit - 1]?.handle : undefined;
      return ok({ items, has_more: last !== undefined, ...(last === undefined ? {} : { next_cursor: last }) });
    },
    adminUpdateAccount: async ({ params: { account }, body: { admin, disabled } }) => {
      const [before] = await directory.accounts.get([account]);
      if (!isPresent(before) || (admin === true && before.kind !== 'person')) return refuse('account.unknown');
      const change: AccountChange = {
        ...(admin === undefined ? {} : { admin }),
        ...(disabled === undefined ? {} : { state: disabled ? 'disabled' : 'active' }),
      };
      const end = disabled === true ? { end: endOf(clock.now(), 'disabled') } : {};
      const changed = await directory.accounts.change(account, change, end);
      if (changed === undefined) return refuse('account.unknown');
      revocations.announce(changed.ended, 'disabled');
      notify(context.bus, [account], 'profile');
      return ok(toAdminAccount(changed.row, (await directory.devices.list(account)).length));
    },
    adminResetPassword: async ({ params: { account }, signal }) => {
      const [before] = await directory.accounts.get([account]);
      if (!isPresent(before) || before.kind !== 'person') return refuse('account.unknown');
      const password = randomPassword(context.random);
      const hashed = await context.passwords.hash(password, signal);
      if (!hashed.ok) return hashed;
      const end = endOf(clock.now(), 'revoked');
      const changed = await directory.accounts.change(account, { passwordHash: hashed.value }, { end });
      if (changed === undefined) return refuse('account.unknown');
      revocations.announce(changed.ended, 'revoked');
      return ok({ password });
    },
    adminSignOut: async ({ params: { account } }) => {
      const [before] = await directory.accounts.get([account]);
      if (!isPresent(before)) return refuse('account.unknown');
      revocations.announce(await directory.devices.end(account, endOf(clock.now(), 'revoked')), 'revoked');
      await leaveIfStranded(context, account);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

/** All sessions of an account. */
function endOf(time: number, reason: End['reason']): End {
  return { device: null, except: null, reason, time };
}

function toAdminAccount(row: AccountRow, devices: number): RouteResult<'adminUpdateAccount'> {
  const { admin, createdAt, state } = row;
  return { ...toAccount(row), admin, disabled: state === 'disabled', created_at: rfc3339(createdAt), devices };
}
