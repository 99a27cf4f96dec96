// Port of who is connected where, and when somebody was last. Gateways say it, use cases ask it. It is a hint that may
// be lost with its process: last seen beyond it is the directory's. Who may know it is decided in `visibility.ts`.
import type { AccountId, DeviceId } from '@parley/protocol';

/** An account, as far as anybody here has seen it. */
export interface Seen {
  readonly account: AccountId;
  /** A device is connected, or the last one left less than `offlineGraceMs` ago. */
  readonly online: boolean;
  /** When its last device left or was last heard of; null while it is online, and when it is not known here: ask the directory. */
  readonly lastSeenAt: number | null;
}

/** Who is there. Faults of the engine are `Unavailable`. */
export interface Presence extends AsyncDisposable {
  /** One more socket of this device. The account is online when it resolves. [PRS1] */
  connected(account: AccountId, device: DeviceId): Promise<void>;
  /**
   * One socket less; after its last device an account stays online for `offlineGraceMs`. Of a socket that went without
   * a word nothing was heard for `silentMs`: its account stays online until `offlineSilenceMs` of silence. [PRS2]
   */
  disconnected(account: AccountId, device: DeviceId, silentMs?: number): Promise<void>;
  /** In the order asked for, at most 200. [PRS3] */
  of(accounts: readonly AccountId[]): Promise<readonly Seen[]>;
  /** Has this device a socket now? Without grace. [PRS4] */
  isOnline(device: DeviceId): Promise<boolean>;
  /** Called when an account came or went, until the returned function is called. [PRS5] */
  changed(listener: (seen: Seen) => void): () => void;
}
