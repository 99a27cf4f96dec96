// The names that stand inside signed JSON and inside the library. Outside of this folder nobody knows them.
import { DeviceId, RoomId, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId } from '@parley/protocol';

const server = 'parley';

export function nameOfAccount(account: AccountId): string {
  return `@${account}:${server}`;
}

export function userId(account: AccountId): UserId {
  return new UserId(nameOfAccount(account));
}

/** The library takes these away: they are made anew for each call. */
export function userIds(accounts: Iterable<AccountId>): UserId[] {
  return Array.from(accounts, userId);
}

export function nameOfConversation(conversation: ConversationId): string {
  return `!${conversation}:${server}`;
}

export function roomId(conversation: ConversationId): RoomId {
  return new RoomId(nameOfConversation(conversation));
}

export function deviceId(device: string): DeviceId {
  return new DeviceId(device);
}

/** The account or conversation inside such a name, or null when it is none of ours. */
export function idInName<T extends AccountId | ConversationId>(name: string): T | null {
  const ours = /^[@!]((?:a|c)_[A-Za-z0-9_-]{22}):parley$/.exec(name);
  return ours === null ? null : (ours[1] as T);
}
