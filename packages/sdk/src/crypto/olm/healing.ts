// A key that did not come, or that came too late for what was said first: own devices are asked by the library, the
// backup by the host, and when both had time and it is still missing, the device that made it. A maker answers only whom
// it shared the session with from its first message on: the library exports a session from its beginning or not at all.
// Who set up afresh since is somebody else, whom the server may have made up.
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { OpenOrder } from '../key-machine.ts';
import { messageIndex } from '../message-index.ts';
import { parseSealed } from '../sealed-content.ts';
import type { DecryptedEvent } from './arrivals.ts';
import type { Core } from './core.ts';
import type { Courier } from './courier.ts';
import type { Identities } from './identities.ts';
import * as limits from './limits.ts';
import { nameOfConversation, userId } from './names.ts';
import type { Origins, SessionName } from './origins.ts';
import { parseKey, type RoomKeys } from './room-keys.ts';

export const requestType = 'parley.key_request';
export const resendType = 'parley.key_resend';

interface Wanted extends SessionName {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** The first of its messages that could not be opened. */
  index: number;
  tries: number;
  stop: () => void;
}

/** For whom a session of this device is, from its first message on; and how often somebody had become another one by then. */
export interface Readers {
  readonly readers: readonly AccountId[];
  readonly changes: number;
}

interface Answered {
  readonly count: number;
  readonly at: number;
}

interface Parts {
  readonly origins: Origins;
  readonly identities: Identities;
  readonly roomKeys: RoomKeys;
  readonly courier: Courier;
}

/** Asks for keys that are missing, and answers who asks. */
export class Healing {
  readonly #core: Core;
  readonly #parts: Parts;
  readonly #wanted = new Map<string, Wanted>();

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** The key of this session is missing. */
  want({ conversation, sender: account, device, content }: OpenOrder, session: string): void {
    const name = `${conversation} ${session}`;
    // Own devices are asked by the library.
    if (device === null || account === this.#core.account) return;
    const index = messageIndex(parseSealed(content)?.ciphertext ?? '') ?? 0;
    const before = this.#wanted.get(name);
    if (before !== undefined) before.index = Math.min(before.index, index);
    if (before !== undefined || this.#wanted.size >= limits.maxWanted) return;
    const wanted: Wanted = { conversation, session, account, device, index, tries: 0, stop: () => {} };
    this.#wanted.set(name, wanted);
    this.#askLater(wanted);
  }

  stop(): void {
    for (const wanted of this.#wanted.values()) wanted.stop();
    this.#wanted.clear();
  }

  /** Somebody misses a key of this device. Answered aside: nothing else waits for it. */
  onRequest(event: DecryptedEvent): readonly SessionName[] {
    const { conversation, session } = event.content;
    if (typeof conversation === 'string' && typeof session === 'string')
      this.#aside(() => this.#answer(event, { conversation: conversation as ConversationId, session }));
    return [];
  }

  /** A maker sends its key again: only what was asked for, from whom it was asked. */
  async onResend(event: DecryptedEvent): Promise<readonly SessionName[]> {
    const { conversation, session, exported } = event.content;
    const wanted = this.#wanted.get(`${String(conversation)} ${String(session)}`);
    const key = typeof exported === 'string' ? parseKey(exported) : null;
    if (wanted === undefined || key === null || event.sender !== wanted.account) return [];
    if (key.curve25519 !== event.curve25519 || key.session !== wanted.session) return [];
    const maker = await this.#parts.origins.vouchedFor(key, event.sender, wanted.device);
    if (maker?.device !== wanted.device || (await this.#parts.identities.leftOut([maker.account])).length > 0)
      return [];
    const origin = { session: wanted.session, ...maker };
    const row = { ...wanted, firstIndex: key.firstIndex, exported: exported as string, origin };
    await this.#parts.roomKeys.bring([row], false);
    this.#forget(wanted);
    return [];
  }

  #askLater(wanted: Wanted): void {
    const { clock } = this.#core;
    const afterMs = limits.askMakerAfterMs[wanted.tries];
    // The last answer may still come.
    if (afterMs === undefined) wanted.stop = clock.after(limits.resendAgainMs, () => this.#forget(wanted));
    else wanted.stop = clock.after(afterMs, () => this.#aside(() => this.#ask(wanted)));
  }

  async #ask(wanted: Wanted): Promise<void> {
    const { conversation, session, account, device } = wanted;
    if (await this.#isHere(wanted)) return this.#forget(wanted);
    wanted.tries += 1;
    this.#askLater(wanted);
    try {
      await this.#parts.courier.send({ account, device }, requestType, { conversation, session });
    } catch (error) {
      // Without a network nobody was asked.
      if (!(error instanceof ChatError && error.code === 'client.unreachable')) throw error;
      wanted.stop();
      wanted.tries -= 1;
      this.#askLater(wanted);
    }
  }

  /** A key may be here that opens later messages alone. */
  async #isHere(wanted: Wanted): Promise<boolean> {
    const [origin] = await this.#parts.origins.get([wanted]);
    if (!origin) return false;
    const exported = await this.#exported(wanted);
    const key = exported === null ? null : parseKey(exported);
    return key !== null && key.firstIndex <= wanted.index;
  }

  async #exported({ conversation, session }: SessionName): Promise<string | null> {
    const room = nameOfConversation(conversation);
    const json = await this.#core.ask(
      this.#core.olm.exportRoomKeys((one) => one.sessionId === session && one.roomId.toString() === room),
    );
    const [exported] = JSON.parse(json) as unknown[];
    return exported === undefined ? null : JSON.stringify(exported);
  }

  #forget(wanted: Wanted): void {
    wanted.stop();
    this.#wanted.delete(`${wanted.conversation} ${wanted.session}`);
  }

  async #answer({ sender, curve25519 }: DecryptedEvent, name: SessionName): Promise<void> {
    const { olm, facts, clock } = this.#core;
    const devices = (await this.#core.ask(olm.getUserDevices(userId(sender)))).devices();
    const device = devices.find((one) => one.curve25519Key?.toBase64() === curve25519);
    if (!device?.isCrossSignedByOwner()) return;
    const to = { account: sender, device: device.deviceId.toString() as DeviceId };
    const countFact = `resent:${name.session}:${to.device}`;
    const [shared, before] = (await facts.get([readersFact(name), countFact])) as [Readers | null, Answered | null];
    if (shared?.readers?.includes(sender) !== true) return;
    if (!(await this.#parts.identities.isSame(sender, shared.changes))) return;
    const now = clock.now();
    if (before && (before.count >= limits.maxResends || Math.abs(now - before.at) < limits.resendAgainMs)) return;
    await facts.put([[countFact, { count: (before?.count ?? 0) + 1, at: now }]]);
    const exported = await this.#exported(name);
    if (exported === null) return;
    try {
      await this.#parts.courier.send(to, resendType, { ...name, exported });
    } catch (error) {
      // It was not told, so it may ask again.
      await facts.put([[countFact, before]]);
      throw error;
    }
  }

  /** One after the other. What fails is asked for again, by this device or the other one. */
  #aside(work: () => Promise<void>): void {
    this.#core.lanes.run('heal', work).catch(() => {});
  }
}

/** Name of the fact that says with whom a session of this device was shared from its first message on. */
export function readersFact({ conversation, session }: SessionName): string {
  return `readers:${conversation}:${session}`;
}
