// Two own devices side by side: both show seven pictures, and when a person says that they are the same, the linked one
// vouches for the new one and hands it the seeds of the identity. What only one of them does comes to nothing.
import {
  type RoomMessageRequest,
  Sas,
  type ToDeviceRequest,
  VerificationMethod,
  type VerificationRequest,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { ChatError } from '../../error.ts';
import type { Comparison } from '../key-machine.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { deviceId, userId } from './names.ts';
import type { OwnIdentity } from './own-identity.ts';
import { type LibraryRequest, perform } from './requests.ts';

type Outgoing = ToDeviceRequest | RoomMessageRequest | undefined;

/** Comparisons between own devices. They end with the machine, and by themselves after ten minutes. */
export class Comparisons {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #own: OwnIdentity;
  /** What was told of each flow. */
  readonly #told = new Map<string, Comparison['state']>();
  /** Those under way: the library forgets one as soon as it is over. */
  readonly #under = new Map<string, VerificationRequest>();

  constructor(core: Core, parts: { readonly keys: KeyList; readonly own: OwnIdentity }) {
    this.#core = core;
    this.#keys = parts.keys;
    this.#own = parts.own;
  }

  async start(device: string): Promise<Comparison> {
    const { account, olm } = this.#core;
    await this.#keys.query([account]);
    const found = await this.#core.ask(olm.getDevice(userId(account), deviceId(device)));
    if (found === undefined) throw new ChatError('not_found');
    const [request, message] = found.requestVerification([VerificationMethod.SasV1]);
    await this.#send(message);
    this.#told.set(request.flowId, 'waiting');
    this.#under.set(request.flowId, request);
    return { flow: request.flowId, device, state: 'waiting', emoji: [] };
  }

  async join(flow: string): Promise<void> {
    await this.#keys.query([this.#core.account]);
    await this.#send(this.#request(flow).acceptWithMethods([VerificationMethod.SasV1]));
    await this.update();
  }

  async end(flow: string, same: boolean): Promise<void> {
    const request = this.#request(flow);
    const sas = request.getVerification();
    if (!same || !(sas instanceof Sas)) await this.#send(sas instanceof Sas ? sas.cancel() : request.cancel());
    else for (const message of await this.#core.ask(sas.confirm())) await this.#send(message as Outgoing);
    await this.update();
  }

  /** Something came: takes the next step of each, and tells how it stands. */
  async update(): Promise<void> {
    const { olm, account } = this.#core;
    for (const request of olm.getVerificationRequests(userId(account)))
      if (!this.#under.has(request.flowId) && !isOver(request)) this.#under.set(request.flowId, request);
    const requests = [...this.#under.values()];
    for (const request of requests) await this.#step(request);
    // The library answers by itself, too, and shows nothing before that was sent.
    if (requests.length > 0) await this.#keys.pump.run();
    for (const request of requests) {
      const comparison = viewOf(request);
      if (isOver(request)) this.#under.delete(request.flowId);
      if (this.#told.get(comparison.flow) === comparison.state) continue;
      this.#told.set(comparison.flow, comparison.state);
      this.#core.events.comparison(comparison);
      if (comparison.state === 'done') await this.#finish();
    }
  }

  async #step(request: VerificationRequest): Promise<void> {
    const sas = request.getVerification();
    if (sas instanceof Sas) {
      if (!request.weStarted() || sas.hasBeenAccepted()) return;
      await this.#send(sas.accept());
    } else if (request.isReady() && !request.weStarted()) {
      // Only the one that joined begins, so that the two never begin at once.
      const begun = await this.#core.ask(request.startSas());
      if (begun) await this.#send(begun[1]);
    }
  }

  /** Both vouch for each other: signatures go up, and the new device asks for the seeds. */
  async #finish(): Promise<void> {
    await this.#keys.pump.run();
    await this.#keys.query([this.#core.account]);
    await this.#core.ask(this.#core.olm.requestMissingSecretsIfNeeded());
    this.#keys.pump.soon();
    await this.#own.judge();
  }

  #request(flow: string): VerificationRequest {
    const request = this.#core.olm.getVerificationRequest(userId(this.#core.account), flow);
    if (request === undefined) throw new ChatError('not_found');
    return request;
  }

  async #send(message: Outgoing): Promise<void> {
    if (message !== undefined) await perform(this.#core, message as LibraryRequest);
  }
}

function isOver(request: VerificationRequest): boolean {
  return request.isDone() || request.isCancelled() || request.timedOut();
}

function viewOf(request: VerificationRequest): Comparison {
  const sas = request.getVerification();
  const base = { flow: request.flowId, device: request.otherDeviceId?.toString() ?? null };
  if (request.isCancelled() || request.timedOut()) return { ...base, state: 'cancelled', emoji: [] };
  if (request.isDone() || (sas instanceof Sas && sas.isDone())) return { ...base, state: 'done', emoji: [] };
  if (sas instanceof Sas && sas.canBePresented() && !sas.haveWeConfirmed()) {
    const emoji = (sas.emoji() ?? []).map(({ symbol, description }) => ({ symbol, name: description }));
    return { ...base, state: 'compare', emoji };
  }
  const asked = !request.weStarted() && !request.isReady() && sas === undefined;
  return { ...base, state: asked ? 'asked' : 'waiting', emoji: [] };
}
