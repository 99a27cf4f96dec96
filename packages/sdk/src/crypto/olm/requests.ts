// One request of the library: it is translated, sent in parts that fit, and its answer is handed back. Parts of what
// goes to devices have names of their own that stay the same when they are sent again, so nothing arrives twice.
import {
  type KeysClaimRequest,
  type KeysQueryRequest,
  type KeysUploadRequest,
  RequestType,
  type SignatureUploadRequest,
  type ToDeviceRequest,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, AccountKeys, KeyCounts } from '@parley/protocol';
import * as wireLimits from '@parley/protocol/limits';
import { ChatError } from '../../error.ts';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import { idInName, userId } from './names.ts';
import * as wire from './wire.ts';

export type LibraryRequest =
  | KeysUploadRequest
  | KeysQueryRequest
  | KeysClaimRequest
  | ToDeviceRequest
  | SignatureUploadRequest;

/** What an answer means for others than the library. */
export interface Answered {
  readonly counts?: KeyCounts;
  readonly queried?: readonly AccountKeys[];
  /** Of a query: whose keys the server does not tell (yet). */
  readonly untold?: readonly AccountId[];
  /** Of a claim: how many devices gave a key, and how many none. */
  readonly claimed?: number;
  readonly unclaimed?: number;
  /** Queues of some devices are full: the library holds it for them, and it is to be sent again. */
  readonly isOwed?: boolean;
}

/** Sends it and tells the library. Rejects with what the server refused, or because it could not be reached. */
export async function perform(core: Core, request: LibraryRequest): Promise<Answered> {
  switch (request.type) {
    case RequestType.KeysUpload:
      return uploadKeys(core, request as KeysUploadRequest);
    case RequestType.KeysQuery:
      return queryKeys(core, request as KeysQueryRequest);
    case RequestType.KeysClaim:
      return claimKeys(core, request as KeysClaimRequest);
    case RequestType.ToDevice:
      return sendToDevice(core, request as ToDeviceRequest);
    case RequestType.SignatureUpload:
      return uploadSignatures(core, request as SignatureUploadRequest);
    default:
      return {};
  }
}

/** Its body: the library is trusted to write what its types say. */
function parsed<T>(request: { readonly body: string }): T {
  return JSON.parse(request.body) as T;
}

async function uploadKeys(core: Core, request: KeysUploadRequest): Promise<Answered> {
  const { one_time_keys, ...others } = wire.uploadBody(parsed(request));
  const body = one_time_keys === undefined ? others : { ...others, one_time_keys };
  const counts = await core.rest('uploadKeys', { body }).catch((error: unknown) => {
    // The server said once that it has fewer than it has. These were never there and are not needed.
    if (!(error instanceof ChatError && error.code === 'keys.too_many')) throw error;
    return core.rest('uploadKeys', { body: others });
  });
  await core.answer(request.id, request.type, wire.countsJson({ ...counts, one_time_keys: core.keysLeft(counts) }));
  return { counts };
}

async function queryKeys(core: Core, request: KeysQueryRequest): Promise<Answered> {
  const accounts = wire.queriedAccounts(parsed(request));
  const queried = await core.alone(accounts, async () => {
    const told = await fetchKeys(core, accounts);
    await core.answer(request.id, request.type, wire.queryJson(accounts, told));
    return told;
  });
  return { queried, untold: untoldOf(accounts, queried) };
}

/** Those of whom nothing was told: nothing is shared with them. */
export function untoldOf(asked: readonly AccountId[], items: readonly AccountKeys[]): readonly AccountId[] {
  const told = new Set(items.map((item) => item.account));
  return asked.filter((account) => !told.has(account));
}

/** Keys of these accounts as the server tells them now. */
export async function fetchKeys(core: Core, accounts: readonly AccountId[]): Promise<readonly AccountKeys[]> {
  const pages = await inParts(accounts, wireLimits.maxAccountsPerLookup, (part) =>
    core.rest('queryKeys', { body: { accounts: [...part] } }),
  );
  return pages.flatMap((page) => page.items);
}

async function claimKeys(core: Core, request: KeysClaimRequest): Promise<Answered> {
  const devices = wire.claimedDevices(parsed(request));
  const pages = await inParts(devices, wireLimits.maxClaimsPerCall, (part) =>
    core.rest('claimKeys', { body: { devices: [...part] } }),
  );
  const items = pages.flatMap((page) => page.items);
  // Under another name than the request's: devices that gave no key the library would not ask again for up to a quarter
  // of an hour, and seal without them meanwhile. When they are asked again is decided here.
  await core.answer(`${request.id}.`, request.type, wire.claimJson(items));
  return { claimed: items.length, unclaimed: devices.length - items.length };
}

async function sendToDevice(core: Core, request: ToDeviceRequest): Promise<Answered> {
  if (await deliver(core, request)) return { isOwed: true };
  await core.answer(request.id, request.type, {});
  return {};
}

/** Sends it to its devices; the library is not told. Whether it is owed to some, whose queues are full. */
export async function deliver(core: Core, request: ToDeviceRequest): Promise<boolean> {
  const { messages } = parsed<{ messages: Record<string, Record<string, unknown>> }>(request);
  const everywhere = new Map<AccountId, string[]>();
  for (const [name, devices] of Object.entries(messages)) {
    const account = idInName<AccountId>(name);
    if (account !== null && '*' in devices) everywhere.set(account, await devicesOf(core, account));
  }
  const all = wire.messagesOf(messages, (account) => everywhere.get(account) ?? []);
  const owed = core.owed.get(request.txn_id);
  const chunks = wire.chunksOf(owed === undefined ? all : all.filter(({ device }) => owed.has(device)));
  const full: string[] = [];
  for (const [at, part] of chunks.entries()) {
    const answer = await core.rest('sendToDevice', {
      body: { txn: `${request.txn_id}.${at}`, event_type: request.event_type, messages: part },
    });
    full.push(...answer.full);
  }
  if (full.length > 0) core.owe(request.txn_id, full);
  else core.owed.delete(request.txn_id);
  return full.length > 0;
}

/** All but this one. */
async function devicesOf(core: Core, account: AccountId): Promise<string[]> {
  const devices = await core.ask(core.olm.getUserDevices(userId(account)));
  return devices
    .keys()
    .map((id) => id.toString())
    .filter((id) => account !== core.account || id !== core.device);
}

async function uploadSignatures(core: Core, request: SignatureUploadRequest): Promise<Answered> {
  const body = wire.ownSignatures(core.account, parsed(request));
  if (body !== null) await core.rest('uploadSignatures', { body });
  await core.answer(request.id, request.type, { failures: {} });
  return {};
}

/** The answers of all parts, in order; a few are asked for at once. */
async function inParts<T, R>(
  all: readonly T[],
  size: number,
  ask: (part: readonly T[]) => Promise<R>,
): Promise<readonly R[]> {
  const parts = Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
  const answers: R[] = [];
  for (let at = 0; at < parts.length; at += limits.parallelCalls)
    answers.push(...(await Promise.all(parts.slice(at, at + limits.parallelCalls).map(ask))));
  return answers;
}
