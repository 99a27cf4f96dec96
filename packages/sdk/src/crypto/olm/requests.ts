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
import type { AccountId, AccountKeys, IdentityKey, KeyCounts } from '@parley/protocol';
import * as wireLimits from '@parley/protocol/limits';
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
  const counts = await core.rest('uploadKeys', { body: wire.uploadBody(parsed(request)) });
  await core.answer(request.id, request.type, wire.countsJson(counts));
  return { counts };
}

async function queryKeys(core: Core, request: KeysQueryRequest): Promise<Answered> {
  const accounts = wire.queriedAccounts(parsed(request));
  const queried = await fetchKeys(core, accounts);
  await core.answer(request.id, request.type, wire.queryJson(accounts, queried));
  return { queried };
}

/** Keys of these accounts as the server tells them now, with the signatures that this account keeps for itself. */
export async function fetchKeys(core: Core, accounts: readonly AccountId[]): Promise<readonly AccountKeys[]> {
  const pages = await inParts(accounts, wireLimits.maxAccountsPerLookup, (part) =>
    core.rest('queryKeys', { body: { accounts: [...part] } }),
  );
  const items = pages.flatMap((page) => page.items);
  const confirmed = await inParts(items, limits.maxFacts, (part) =>
    core.facts.get(part.map((item) => confirmedFact(item.account))),
  );
  const signed = confirmed.flat() as (IdentityKey | null)[];
  return items.map((item, at) => {
    const key = item.master_key;
    return key === undefined ? item : { ...item, master_key: wire.withSignatures(key, signed[at] ?? null) };
  });
}

/** Name of the fact that holds an account's master key with the own signature: it was confirmed. */
export function confirmedFact(account: AccountId): string {
  return `confirmed:${account}`;
}

async function claimKeys(core: Core, request: KeysClaimRequest): Promise<Answered> {
  const devices = wire.claimedDevices(parsed(request));
  const pages = await inParts(devices, wireLimits.maxClaimsPerCall, (part) =>
    core.rest('claimKeys', { body: { devices: [...part] } }),
  );
  await core.answer(request.id, request.type, wire.claimJson(pages.flatMap((page) => page.items)));
  return {};
}

async function sendToDevice(core: Core, request: ToDeviceRequest): Promise<Answered> {
  const { messages } = parsed<{ messages: Record<string, Record<string, unknown>> }>(request);
  const everywhere = new Map<AccountId, string[]>();
  for (const [name, devices] of Object.entries(messages)) {
    const account = idInName<AccountId>(name);
    if (account !== null && '*' in devices) everywhere.set(account, await devicesOf(core, account));
  }
  const chunks = wire.chunksOf(wire.messagesOf(messages, (account) => everywhere.get(account) ?? []));
  for (const [at, part] of chunks.entries())
    await core.rest('sendToDevice', {
      body: { txn: `${request.txn_id}.${at}`, event_type: request.event_type, messages: part },
    });
  await core.answer(request.id, request.type, {});
  return {};
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
