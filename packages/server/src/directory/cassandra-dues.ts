// What a change of an owner demands elsewhere. It is written with the change, done after it by whoever comes first, as
// often as it takes, and struck off; done twice it is as done once.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { AccountRow, EndReason, IntentRow } from './directory.ts';
import { foldName } from './directory.ts';
import type { KeyChangeRow } from './keys.ts';

/** An entry of the revocation list before it has its number. */
export interface Ended {
  readonly device: DeviceId;
  readonly reason: EndReason;
  readonly time: number;
}

/** `from`: the bucket of the list that its number cannot be below. */
export type Due =
  | { readonly type: 'ended'; readonly from: number; readonly entries: readonly Ended[] }
  | { readonly type: 'change'; readonly from: number; readonly account: AccountId; readonly change: KeyChange }
  /** The account has its place in the list of all handles, or leaves it. */
  | { readonly type: 'enter' | 'leave'; readonly account: AccountId; readonly handle: string }
  | {
      readonly type: 'found';
      readonly account: AccountId;
      readonly was: readonly Found[];
      readonly is: readonly Found[];
    }
  | { readonly type: 'intent'; readonly intent: IntentRow }
  /** Owners that are closed for good: queues, keys and backups of who is gone. */
  | { readonly type: 'close'; readonly owners: readonly string[]; readonly devices: readonly DeviceId[] }
  | { readonly type: 'forget'; readonly pointers: readonly string[] }
  | { readonly type: 'answers'; readonly caller: string };

export type KeyChange = KeyChangeRow['change'];

/** A place where an account is looked for. */
export type Found = readonly [shelf: string, key: string, handle: string];

export const shelfOfOperators = 'operators';

/** Where an account is found, as its row says. */
export function foundOf(row: AccountRow): readonly Found[] {
  if (row.state !== 'active') return [];
  const { handle } = row;
  const name = foldName(row.name);
  const operators: Found[] = row.admin ? [[shelfOfOperators, '', handle]] : [];
  if (row.kind === 'guest') return operators;
  return [...operators, [shelfOf('handle', handle), handle, handle], [shelfOf('name', name), name, handle]];
}

/** A shelf holds what begins with one character. */
export function shelfOf(kind: 'handle' | 'name', text: string): string {
  return `${kind} ${firstOf(text)}`;
}

/** Its first character, whole. */
export function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x20);
}
