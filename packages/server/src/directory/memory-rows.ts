// The rows of the directory in memory, and what happens to several of them together.
// Every method does all of its work at once, so whoever calls it is never seen half way.
import type { AccountId, BlobId, DeviceId, InviteId, ReportId } from '@parley/protocol';
import { endedKeptMs } from '../kernel/limits.ts';
import type { AnswerRow } from './answers.ts';
import {
  type AccountRow,
  type Bearer,
  type DeviceRow,
  type End,
  type EndedRow,
  type EndReason,
  type IntentRow,
  type InviteRow,
  isOpenInvite,
  type Login,
} from './directory.ts';
import type { FileRow } from './files.ts';
import { KeyRows } from './memory-key-rows.ts';
import type { ReportRow } from './reports.ts';

/** A token by its hash. */
export interface Token {
  readonly device: DeviceId;
  state: Bearer['tokenState'];
}

/** Rows in maps, in the order in which they were made. */
export class Rows {
  readonly accounts = new Map<AccountId, AccountRow>();
  readonly claims = new Set<string>();
  readonly devices = new Map<DeviceId, DeviceRow>();
  readonly tokens = new Map<string, Token>();
  readonly invites = new Map<InviteId, InviteRow>();
  readonly redemptions = new Set<string>();
  readonly intents = new Map<string, IntentRow>();
  readonly answers = new Map<string, AnswerRow>();
  readonly files = new Map<BlobId, FileRow>();
  readonly reports = new Map<ReportId, ReportRow>();
  ended: (EndedRow & { readonly time: number })[] = [];
  head = 0;
  readonly keys = new KeyRows();

  devicesOf(account: AccountId): DeviceRow[] {
    return [...this.devices.values()].filter((row) => row.account === account);
  }

  /** Is it there, and not on its way out? */
  isHere(account: AccountId): boolean {
    const state = this.accounts.get(account)?.state;
    return state === 'active' || state === 'disabled';
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
    this.keys.end(device);
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
