// The directory in memory: for the simulation and for tests, and the model that the others are compared with.
// Every method does all of its work before it yields, so it is atomic and the same run gives the same rows.
import type { AccountId, DeviceId, InviteId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { endedKeptMs, maxOldTokens } from '../kernel/limits.ts';
import {
  type AccountRow,
  type Accounts,
  type Bearer,
  type DeviceRow,
  type Devices,
  type Directory,
  type End,
  type EndedRow,
  type EndReason,
  foldName,
  type IntentRow,
  type Intents,
  type InviteRow,
  type Invites,
  isOpenInvite,
  isPassword,
  type Login,
  type People,
  type Tokens,
} from './directory.ts';

interface Token {
  readonly device: DeviceId;
  state: Bearer['tokenState'];
}

/** Rows in maps, in the order in which they were made. */
class Rows {
  readonly accounts = new Map<AccountId, AccountRow>();
  readonly claims = new Set<string>();
  readonly devices = new Map<DeviceId, DeviceRow>();
  readonly tokens = new Map<string, Token>();
  readonly invites = new Map<InviteId, InviteRow>();
  readonly redemptions = new Set<string>();
  readonly intents = new Map<string, IntentRow>();
  ended: (EndedRow & { readonly time: number })[] = [];
  head = 0;

  devicesOf(account: AccountId): DeviceRow[] {
    return [...this.devices.values()].filter((row) => row.account === account);
  }

  isActive(account: AccountId): boolean {
    return this.accounts.get(account)?.state === 'active';
  }

  inviteBySecret(secretHash: string): InviteRow | undefined {
    return [...this.invites.values()].find((row) => row.secretHash === secretHash);
  }

  /** Is this invitation good now? The set-up link only while there is no admin. */
  isGood(invite: InviteRow, time: number): boolean {
    if (!isOpenInvite(invite, time)) return false;
    if (invite.inviter !== null) return this.isActive(invite.inviter);
    return ![...this.accounts.values()].some((row) => row.admin && row.state === 'active');
  }

  use(invite: InviteRow, account: AccountId): void {
    this.invites.set(invite.invite, { ...invite, uses: invite.uses + 1 });
    this.redemptions.add(`${invite.invite} ${account}`);
  }

  removeInvite(invite: InviteId): void {
    this.invites.delete(invite);
    for (const key of this.redemptions) if (key.startsWith(`${invite} `)) this.redemptions.delete(key);
  }

  log(device: DeviceId, reason: EndReason, time: number): void {
    this.ended = this.ended.filter((row) => row.time > time - endedKeptMs);
    this.ended.push({ n: ++this.head, device, reason, time });
  }

  removeDevice(device: DeviceId): void {
    this.devices.delete(device);
    for (const [hash, token] of this.tokens) if (token.device === device) this.tokens.delete(hash);
  }

  end(account: AccountId, { device, except, reason, time }: End): DeviceId[] {
    const rows = this.devicesOf(account).filter(
      (row) => (device ?? row.device) === row.device && row.device !== except,
    );
    for (const row of rows) {
      if (reason === 'revoked') this.removeDevice(row.device);
      this.log(row.device, reason, time);
    }
    return rows.map((row) => row.device);
  }

  addLogin({ device, tokenHash }: Login): void {
    this.devices.set(device.device, device);
    this.tokens.set(tokenHash, { device: device.device, state: 'current' });
  }
}

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
      for (const { device, lastSeenAt, oldTokenUsedAt } of touched) {
        const row = rows.devices.get(device);
        if (row === undefined) continue;
        rows.devices.set(device, {
          ...row,
          lastSeenAt: later(row.lastSeenAt, lastSeenAt),
          oldTokenUsedAt: later(row.oldTokenUsedAt, oldTokenUsedAt),
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
