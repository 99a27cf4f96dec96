// A client of the loss checker: the protocol by hand, without the SDK, so that both cannot be wrong in the same
// way. It keeps what it wants to say until it is ticked or its own id came back with a seq, and says it again until then,
// in the order in which it was said first. What was ticked it never says again: that would hide its loss.
import type { AccountId, ConversationId, Envelope, MessageId } from '@parley/protocol';
import { uuid7FromBytes } from '@parley/protocol';
import { shaped } from './shape.ts';

/** A server takes no more that wait for their answer. */
const mostUnanswered = 64;
const againMs = 50;

/** What one account's raw client has done and seen. */
export interface RawHistory {
  /** Ids that were told `sent`. */
  readonly acked: Set<string>;
  readonly rejected: Set<string>;
  /** Every message frame in the order in which it came, repeats included. */
  readonly received: Envelope[];
}

/** Something said, until it was ticked and came back. */
interface Said {
  readonly conversation: ConversationId;
  readonly frame: Record<string, unknown>;
  wasTried: boolean;
  state: 'waits' | 'on its way' | 'ticked';
  /** It came back with its seq. */
  isBack: boolean;
}

export class RawClient {
  readonly account: AccountId;
  readonly history: RawHistory = { acked: new Set(), rejected: new Set(), received: [] };
  /** Of the newest `welcome`. */
  epoch = 0;
  /** When the last frame came. */
  heardAt = 0;
  readonly #token: string;
  readonly #said = new Map<string, Said>();
  /** Conversations in which something was refused that comes again, and when it may. */
  readonly #stopped = new Map<ConversationId, number>();
  #socket: WebSocket | null = null;
  #ready = false;
  #waiting: (() => void)[] = [];

  constructor(account: AccountId, token: string) {
    this.account = account;
    this.#token = token;
  }

  /** Messages that have not come back. What was ticked over an earlier connection is not waited for. */
  get pending(): number {
    return [...this.#said.values()].filter(({ isBack }) => !isBack).length;
  }

  /** Was it welcomed, and has not been closed since? */
  get isReady(): boolean {
    return this.#ready;
  }

  /** Connects to an address; resolves at `welcome`, rejects when the socket closes before. */
  connect(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'parley.v1.json');
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: this.#token }));
      socket.onclose = () => {
        if (this.#socket === socket) {
          this.#ready = false;
          this.#wake();
        }
        reject(new Error('closed'));
      };
      socket.onmessage = (event) => {
        if (this.#socket !== socket) return;
        this.heardAt = Date.now();
        const frame = JSON.parse(event.data as string) as { type: string } & Record<string, unknown>;
        if (frame.type === 'welcome') {
          this.epoch = frame.epoch as number;
          this.#begin();
          resolve();
        } else this.#receive(frame);
      };
    });
  }

  disconnect(): void {
    this.#ready = false;
    this.#socket?.close();
  }

  /** Says something; it goes out now or after the next connect. */
  say(conversation: ConversationId, content: string, random: Uint8Array): MessageId {
    const id = uuid7FromBytes(Date.now(), random);
    const frame = {
      type: 'message',
      ref: id,
      id,
      conversation_id: conversation,
      ...shaped(content),
      timestamp: new Date().toISOString(),
    };
    this.#said.set(id, { conversation, frame, wasTried: false, state: 'waits', isBack: false });
    this.#pump();
    return id;
  }

  /** Is it neither back nor rejected? */
  holds(id: MessageId): boolean {
    return this.#said.get(id)?.isBack === false;
  }

  /** Resolves after the next frame or close. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A new socket: nothing is on its way, and nothing is awaited. */
  #begin(): void {
    this.#ready = true;
    this.#stopped.clear();
    for (const [id, said] of this.#said) {
      if (said.isBack || said.state === 'ticked') this.#said.delete(id);
      else said.state = 'waits';
    }
    this.#pump();
  }

  /** Sends what may go, the oldest first. */
  #pump(): void {
    if (!this.#ready) return;
    let unanswered = 0;
    for (const { state } of this.#said.values()) if (state === 'on its way') unanswered++;
    for (const said of this.#said.values()) {
      if (unanswered >= mostUnanswered) return;
      if (said.state !== 'waits' || this.#stopped.has(said.conversation)) continue;
      this.#socket?.send(JSON.stringify({ ...said.frame, first: !said.wasTried }));
      said.wasTried = true;
      said.state = 'on its way';
      unanswered++;
    }
  }

  #receive(frame: { type: string } & Record<string, unknown>): void {
    const said = this.#said.get(frame.id as string);
    if (frame.type === 'sent') {
      this.history.acked.add(frame.id as string);
      if (said !== undefined) said.state = 'ticked';
    }
    if (frame.type === 'rejected') {
      this.history.rejected.add(frame.id as string);
      this.#said.delete(frame.id as string);
    }
    if (frame.type === 'message') {
      const envelope = frame as unknown as Envelope;
      this.history.received.push(envelope);
      if (envelope.sender === this.account && said !== undefined) said.isBack = true;
    }
    if (frame.type === 'error' && said !== undefined) {
      said.state = 'waits';
      const afterMs = typeof frame.retry_after_ms === 'number' ? frame.retry_after_ms : againMs;
      this.#stopped.set(said.conversation, Date.now() + afterMs);
    }
    // Until there is an answer it may be what the server awaits.
    if (said?.state === 'ticked' && said.isBack) this.#said.delete(frame.id as string);
    if (frame.type === 'heartbeat') this.#socket?.send('{"type":"heartbeat"}');
    if (said !== undefined) {
      this.#goOn(said.conversation);
      this.#pump();
    }
    this.#wake();
  }

  /** After a refusal the oldest goes first, when everything that was on its way is answered and the time has come. */
  #goOn(conversation: ConversationId): void {
    const at = this.#stopped.get(conversation);
    const isOnItsWay = (said: Said) => said.conversation === conversation && said.state === 'on its way';
    if (at === undefined || [...this.#said.values()].some(isOnItsWay)) return;
    setTimeout(
      () => {
        if (this.#stopped.get(conversation) !== at) return;
        this.#stopped.delete(conversation);
        this.#pump();
      },
      Math.max(0, at - Date.now()),
    );
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
