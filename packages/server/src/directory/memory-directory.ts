// The directory in memory: for the simulation and for tests, and the model that the others are compared with.
// Every method does all of its work before it yields, so it is atomic and the same run gives the same rows.
import type { AccountId, DeviceId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { maxOldTokens } from '../kernel/limits.ts';
import {
  type AccountRow,
  type Accounts,
  type Devices,
  type Directory,
  foldName,
  type Intents,
  type Invites,
  isOpenInvite,
  isPassword,
  type People,
  type Tokens,
} from './directory.ts';
import { memoryAnswers } from './memory-answers.ts';
import { memoryFiles } from './memory-files.ts';
import { memoryKeys } from './memory-keys.ts';
import { memoryQueues } from './memory-queues.ts';
import { memoryReports } from './memory-reports.ts';
import { Rows } from './memory-rows.ts';
import { memoryBackup, memoryDehydrated, memoryVault } from './memory-sealed.ts';

/** A directory that nothing outlives but the object itself. */
export function memoryDirectory(): Directory {
  const rows = new Rows();
  return {
    accounts: accounts(rows),
    people: people(rows),
    devices: devices(rows),
    tokens: tokens(rows),
    invites: invites(rows),
    intents: intents(rows),
    answers: memoryAnswers(rows),
    files: memoryFiles(rows),
    reports: memoryReports(rows),
    keys: memoryKeys(rows),
    toDevice: memoryQueues(rows),
    vault: memoryVault(rows),
    backup: memoryBackup(rows),
    dehydrated: memoryDehydrated(rows),
    [Symbol.asyncDispose]: async () => {},
  };
}

function accounts(rows: Rows): Accounts {
  return {
    signUp: async ({ account, claim, login, inviteHash, intent }) => {
      const invite = inviteHash === null ? undefined : rows.inviteBySecret(inviteHash);
      if (inviteHash !== null && (invite === undefined || !rows.isGood(invite, account.createdAt))) return 'invalid';
      if (rows.claims.has(claim)) return 'taken';
      if (invite !== undefined) rows.use(invite, account.account);
      rows.claims.add(claim);
      rows.accounts.set(account.account, account);
      rows.addLogin(login);
      rows.intents.set(intent.intent, intent);
      return 'done';
    },
    get: async (ids) => ids.flatMap((id) => rows.accounts.get(id) ?? []),
    byHandle: async (handle) =>
      [...rows.accounts.values()].find((row) => row.handle === handle && row.state !== 'leaving'),
    change: async (account, change, { end, intent, ifPasswordHash } = {}) => {
      const before = rows.accounts.get(account);
      if (before === undefined || before.state === 'leaving' || before.state === 'deleted') return undefined;
      if (!isPassword(before, ifPasswordHash)) return undefined;
      const row = { ...before, ...change };
      rows.accounts.set(account, row);
      if (intent !== undefined) rows.intents.set(intent.intent, intent);
      return { row, ended: end === undefined ? [] : rows.end(account, end) };
    },
    erase: async (account, intent) => {
      rows.intents.delete(intent);
      const row = rows.accounts.get(account);
      if (row === undefined || row.state !== 'leaving') return;
      for (const device of rows.devicesOf(account)) rows.removeDevice(device.device);
      rows.keys.erase(account);
      for (const { id, caller } of [...rows.answers.values()]) if (caller === account) rows.answers.delete(id);
      for (const invite of rows.invites.values()) if (invite.inviter === account) rows.removeInvite(invite.invite);
      const erased = { handle: '', name: '', about: '', admin: false, state: 'deleted', passwordHash: null } as const;
      rows.accounts.set(account, { ...row, ...erased });
    },
  };
}

function people(rows: Rows): People {
  const byHandle = () => [...rows.accounts.values()].filter((row) => row.handle !== '').sort(compareHandles);
  return {
    search: async (prefix, limit) => {
      const open = byHandle().filter((row) => row.state === 'active' && row.kind !== 'guest');
      const named = open.filter((row) => foldName(row.name).startsWith(prefix)).sort(compareNames);
      const found = [...open.filter((row) => row.handle.startsWith(prefix)).slice(0, limit), ...named.slice(0, limit)];
      return [...new Set(found)].sort(compareHandles).slice(0, limit);
    },
    page: async (after, limit) =>
      byHandle()
        .filter((row) => row.handle > after)
        .slice(0, limit)
        .map((row) => ({ ...row, devices: rows.devicesOf(row.account).length })),
    counts: async () => {
      const present = [...rows.accounts.values()].filter((row) => row.state !== 'deleted');
      return {
        accounts: present.length,
        admins: present.filter((row) => row.admin && row.state === 'active').length,
      };
    },
  };
}

function devices(rows: Rows): Devices {
  return {
    add: async (login, most, ifPasswordHash) => {
      const row = rows.accounts.get(login.device.account);
      if (row?.state !== 'active' || !isPassword(row, ifPasswordHash)) return 'gone';
      if (rows.devicesOf(login.device.account).length >= most) return 'full';
      rows.addLogin(login);
      return 'done';
    },
    list: async (account) => rows.devicesOf(account).sort(byAge((row) => row.device)),
    end: async (account, end) => rows.end(account, end),
    touch: async (touched) => {
      for (const { device, lastSeenAt = null, oldTokenUsedAt = null, provedAt = null } of touched) {
        const row = rows.devices.get(device);
        if (row === undefined) continue;
        rows.devices.set(device, {
          ...row,
          lastSeenAt: later(row.lastSeenAt, lastSeenAt),
          oldTokenUsedAt: later(row.oldTokenUsedAt, oldTokenUsedAt),
          provedAt: later(row.provedAt, provedAt),
        });
      }
    },
    ended: async (after, limit) => ({
      rows: rows.ended
        .filter((row) => after !== null && row.n > after)
        .slice(0, limit)
        .map(({ n, device, reason }) => ({ n, device, reason })),
      head: rows.head,
    }),
  };
}

function tokens(rows: Rows): Tokens {
  const ofDevice = (device: DeviceId) => [...rows.tokens].filter(([, token]) => token.device === device);
  return {
    get: async (tokenHash) => {
      const token = rows.tokens.get(tokenHash);
      const device = token === undefined ? undefined : rows.devices.get(token.device);
      const row = device === undefined ? undefined : rows.accounts.get(device.account);
      if (token === undefined || device === undefined || row === undefined) return undefined;
      const { account, handle, kind, admin, state } = row;
      const { oldTokenUsedAt } = device;
      return { tokenState: token.state, device: token.device, oldTokenUsedAt, account, handle, kind, admin, state };
    },
    replace: async (device, tokenHash) => {
      if (!rows.devices.has(device)) return false;
      for (const [hash, token] of ofDevice(device)) if (token.state === 'next') rows.tokens.delete(hash);
      rows.tokens.set(tokenHash, { device, state: 'next' });
      return true;
    },
    confirm: async (tokenHash) => {
      const token = rows.tokens.get(tokenHash);
      if (token?.state !== 'next') return;
      // Newest last, so that the oldest of the old ones go.
      rows.tokens.delete(tokenHash);
      for (const [hash, other] of ofDevice(token.device)) {
        if (other.state !== 'current') continue;
        rows.tokens.delete(hash);
        rows.tokens.set(hash, { device: token.device, state: 'old' });
      }
      rows.tokens.set(tokenHash, { device: token.device, state: 'current' });
      const old = ofDevice(token.device).filter(([, other]) => other.state === 'old');
      for (const [hash] of old.slice(0, -maxOldTokens)) rows.tokens.delete(hash);
    },
  };
}

function invites(rows: Rows): Invites {
  const open = (inviter: AccountId, time: number) =>
    [...rows.invites.values()].filter((row) => row.inviter === inviter && isOpenInvite(row, time));
  return {
    add: async (invite, most) => {
      if (invite.inviter !== null && open(invite.inviter, invite.createdAt).length >= most) return 'full';
      for (const row of rows.invites.values())
        if (row.inviter === invite.inviter && (row.inviter === null || row.expiresAt <= invite.createdAt))
          rows.removeInvite(row.invite);
      assert(!rows.invites.has(invite.invite), 'an invitation is made once');
      rows.invites.set(invite.invite, invite);
      return 'done';
    },
    bySecret: async (secretHash) => rows.inviteBySecret(secretHash),
    list: async (inviter, time) => open(inviter, time).sort(byAge((row) => row.invite)),
    revoke: async (inviter, invite) => {
      if (rows.invites.get(invite)?.inviter !== inviter) return false;
      rows.removeInvite(invite);
      return true;
    },
    redeem: async (secretHash, intent) => {
      const invite = rows.inviteBySecret(secretHash);
      if (invite === undefined || invite.inviter === null || invite.inviter === intent.account) return 'invalid';
      if (!rows.isActive(intent.account) || !rows.isActive(invite.inviter)) return 'invalid';
      if (rows.redemptions.has(`${invite.invite} ${intent.account}`)) return 'again';
      if (!rows.isGood(invite, intent.createdAt)) return 'invalid';
      rows.use(invite, intent.account);
      rows.intents.set(intent.intent, intent);
      return 'done';
    },
  };
}

function intents(rows: Rows): Intents {
  return {
    open: async (limit) => [...rows.intents.values()].sort(byAge((row) => row.intent)).slice(0, limit),
    close: async (intent) => {
      rows.intents.delete(intent);
    },
  };
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function compareHandles(a: AccountRow, b: AccountRow): number {
  return a.handle < b.handle ? -1 : a.handle > b.handle ? 1 : 0;
}

/** By the bytes of the folded name, as an engine orders text. */
function compareNames(a: AccountRow, b: AccountRow): number {
  return Buffer.compare(Buffer.from(foldName(a.name)), Buffer.from(foldName(b.name))) || compareHandles(a, b);
}

function byAge<Row extends { readonly createdAt: number }>(idOf: (row: Row) => string) {
  return (a: Row, b: Row): number => a.createdAt - b.createdAt || (idOf(a) < idOf(b) ? -1 : 1);
}
