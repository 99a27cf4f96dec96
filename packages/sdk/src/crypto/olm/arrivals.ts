// What other devices sent to this one. Their keys are asked for first: who made a session is decided when it arrives.
import {
  DecryptedToDeviceEvent,
  DecryptionSettings,
  DeviceLists,
  type ProcessedToDeviceEvent,
  ProcessedToDeviceEventType,
  TrustRequirement,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId, ToDeviceItem } from '@parley/protocol';
import type { Core } from './core.ts';
import type { Former } from './former.ts';
import type { HeldBack } from './held-back.ts';
import type { KeyList } from './key-list.ts';
import { lastFeedMs } from './limits.ts';
import { idInName, nameOfAccount } from './names.ts';
import type { KnownSession, Maker, Origins, SessionName } from './origins.ts';
import type { Predecessors } from './predecessors.ts';

/** Up to where things were fed to the library: given again, after this device died, they do not open, and that is no failure. */
const fedFact = 'fed';

/** Kinds of things that were sent encrypted, and who else wants to see them. */
export type Listener = (event: DecryptedEvent) => Promise<readonly SessionName[]>;

/** Something that was decrypted: from whom, by the key that encrypted it. */
export interface DecryptedEvent {
  readonly type: string;
  readonly sender: AccountId;
  readonly curve25519: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Who is asked about those who sent something, and where it is written what they made. */
export interface Senders {
  readonly keys: KeyList;
  readonly origins: Origins;
  readonly former: Former;
  readonly predecessors: Predecessors;
  readonly heldBack: HeldBack;
}

/** Takes in what was sent to this device. */
export class Arrivals {
  readonly #core: Core;
  readonly #parts: Senders;
  readonly #listeners: Readonly<Record<string, Listener>>;

  constructor(core: Core, parts: Senders, listeners: Readonly<Record<string, Listener>>) {
    this.#core = core;
    this.#parts = parts;
    this.#listeners = listeners;
  }

  /** Durable when it resolves. */
  async receive(items: readonly ToDeviceItem[]): Promise<void> {
    const readable = await this.#core.lanes.run('feed', async () => {
      const { former, predecessors } = this.#parts;
      const asked = await former.makeKnown(items);
      const makers = await predecessors.makersOf(items, asked);
      const [fed = 0] = await this.#core.facts.get([fedFact]);
      const fresh = new Set(
        items.filter(({ n }) => n > Number(fed)).map(({ content }) => contentIn(`{"content":${content}}`)),
      );
      // The library keeps a session before the key that came with it: who dies between the two never gets that key.
      return this.#core.facts.together(() =>
        former.present(items, asked, async () => {
          const [usual, before] = byWord(items, makers);
          const processed = await this.#feed(usual, TrustRequirement.CrossSigned);
          const others = await this.#feed(before, TrustRequirement.Untrusted);
          for (const { type, rawEvent } of [...processed, ...others])
            if (failures.has(type) && fresh.has(contentIn(rawEvent))) this.#core.events.undecryptable('to_device');
          const newest = items.at(-1)?.n ?? 0;
          if (newest > Number(fed)) await this.#core.facts.put([[fedFact, newest]]);
          return [...(await this.#note(processed)), ...(await this.#noteByWord(others, makers))];
        }),
      );
    });
    for (const { conversation, session } of readable) this.#core.events.readable(conversation, session);
    // Answers to what was asked, and sessions that have to be opened anew.
    this.#parts.keys.pump.soon();
  }

  /**
   * Resolves when nothing is being taken in, or that takes too long. Closed in the middle the library would keep its part,
   * and what was taken in would come again, to be opened with a key that is used up.
   */
  async settled(): Promise<void> {
    let stop = (): void => {};
    const late = new Promise<void>((resolve) => {
      stop = this.#core.clock.after(lastFeedMs, resolve);
    });
    await Promise.race([this.#core.lanes.run('feed', async () => {}), late]);
    stop();
  }

  async #feed(items: readonly ToDeviceItem[], trust: TrustRequirement): Promise<readonly ProcessedToDeviceEvent[]> {
    const processed: ProcessedToDeviceEvent[] = [];
    for (const events of roundsOf(items)) {
      const settings = new DecryptionSettings(trust);
      const nobody = new DeviceLists();
      processed.push(
        ...(await this.#core.ask(
          this.#core.olm.receiveSyncChangesMsc4186(`[${events.join()}]`, nobody, new Map(), undefined, settings),
        )),
      );
    }
    return processed;
  }

  /** Writes who made what came; the sessions that it opens. */
  async #note(processed: readonly ProcessedToDeviceEvent[]): Promise<readonly SessionName[]> {
    const known: KnownSession[] = [];
    const readable: SessionName[] = [];
    for (const one of processed) {
      const event = one instanceof DecryptedToDeviceEvent ? decryptedEvent(one) : null;
      if (event === null) continue;
      const session = sessionOf(event.content);
      if (session !== null && roomKeyTypes.has(event.type)) {
        readable.push(session);
        const origin = await this.#originOf(event);
        if (origin !== null) known.push({ ...session, origin });
      } else readable.push(...((await this.#listeners[event.type]?.(event)) ?? []));
    }
    await this.#parts.heldBack.put(known);
    return readable;
  }

  /** Of those whom the library does not believe only room keys count, and only of the devices that were asked about. */
  async #noteByWord(
    processed: readonly ProcessedToDeviceEvent[],
    makers: readonly Maker[],
  ): Promise<readonly SessionName[]> {
    const known: KnownSession[] = [];
    for (const one of processed) {
      const event = one instanceof DecryptedToDeviceEvent ? decryptedEvent(one) : null;
      const session = event?.type === 'm.room_key' ? sessionOf(event.content) : null;
      const origin = makers.find(
        ({ account, curve25519 }) => account === event?.sender && curve25519 === event.curve25519,
      );
      if (session !== null && origin !== undefined) known.push({ ...session, origin });
    }
    await this.#parts.heldBack.put(known, 'before');
    return known;
  }

  #originOf({ type, sender, curve25519, content }: DecryptedEvent) {
    if (type === 'm.room_key') return this.#parts.origins.vouchedFor({ curve25519, ed25519: null }, sender);
    // Another own device had it and says whose it is; the library takes it from own devices only.
    const { sender_key: curve, sender_claimed_ed25519_key: ed25519 } = content;
    if (typeof curve !== 'string' || typeof ed25519 !== 'string') return null;
    return this.#parts.origins.vouchedFor({ curve25519: curve, ed25519 }, null, curve25519);
  }
}

const failures: ReadonlySet<ProcessedToDeviceEventType> = new Set([
  ProcessedToDeviceEventType.UnableToDecrypt,
  ProcessedToDeviceEventType.Invalid,
]);
const roomKeyTypes: ReadonlySet<string> = new Set(['m.room_key', 'm.forwarded_room_key']);

/** What is believed by the library, and what only by the word of an identity. */
export function byWord(items: readonly ToDeviceItem[], makers: readonly Maker[]): [ToDeviceItem[], ToDeviceItem[]] {
  const devices = new Set(makers.map(({ account, device }) => `${account} ${device}`));
  const { usual = [], before = [] } = Object.groupBy(items, ({ sender, device }) =>
    devices.has(`${sender} ${device}`) ? 'before' : 'usual',
  );
  return [usual, before];
}

function sessionOf(content: DecryptedEvent['content']): SessionName | null {
  const { room_id: room, session_id: session } = content;
  const conversation = typeof room === 'string' ? idInName<ConversationId>(room) : null;
  return conversation === null || typeof session !== 'string' ? null : { conversation, session };
}

function decryptedEvent(event: DecryptedToDeviceEvent): DecryptedEvent | null {
  const { type, content } = JSON.parse(event.rawEvent) as { readonly type: string; readonly content: unknown };
  const sender = idInName<AccountId>(event.encryptionInfo.sender.toString());
  if (sender === null || typeof content !== 'object' || content === null) return null;
  return {
    type,
    sender,
    curve25519: event.encryptionInfo.senderCurve25519Key,
    content: content as DecryptedEvent['content'],
  };
}

/**
 * As the library reads them, at most one of each device in a round: of two keys of one session that it is given at once
 * it keeps the later one, which may open less.
 */
export function roundsOf(items: readonly ToDeviceItem[]): readonly (readonly string[])[] {
  const rounds: string[][] = [];
  const given = new Map<string, number>();
  for (const item of items) {
    const event = toDeviceJson(item);
    if (event === null) continue;
    const sending = `${item.sender} ${item.device}`;
    const round = given.get(sending) ?? 0;
    given.set(sending, round + 1);
    const events = rounds[round];
    if (events === undefined) rounds.push([event]);
    else events.push(event);
  }
  return rounds;
}

/** What was sent, to be compared; null when it is no JSON. */
function contentIn(event: string): string | null {
  try {
    return JSON.stringify((JSON.parse(event) as { readonly content: unknown }).content);
  } catch {
    return null;
  }
}

/** Null when it is no JSON. */
function toDeviceJson({ sender, event_type: type, content }: ToDeviceItem): string | null {
  try {
    return JSON.stringify({ sender: nameOfAccount(sender), type, content: JSON.parse(content) as unknown });
  } catch {
    return null;
  }
}
