// A client of the loss checker: the protocol by hand, without the SDK, so that both cannot be wrong in the same
// way. It keeps what it wants to say until its own id came back with a seq, and sends it again after every reconnect.
import type { AccountId, ConversationId, Envelope, MessageId } from '@parley/protocol';
import { uuid7FromBytes } from '@parley/protocol';
import { shaped } from './shape.ts';

/** What one account's raw client has done and seen. */
export interface RawHistory {
  /** Ids that were told `sent`. */
  readonly acked: Set<string>;
  readonly rejected: Set<string>;
  /** Every message frame in the order in which it came, repeats included. */
  readonly received: Envelope[];
}

export class RawClient {
  readonly account: AccountId;
  readonly history: RawHistory = { acked: new Set(), rejected: new Set(), received: [] };
  /** Of the newest `welcome`. */
  epoch = 0;
  /** When the last frame came. */
  heardAt = 0;
  readonly #token: string;
  readonly #outbox = new Map<string, { readonly frame: Record<string, unknown>; tried: boolean }>();
  #socket: WebSocket | null = null;
  #ready = false;
  #waiting: (() => void)[] = [];

  constructor(account: AccountId, token: string) {
    this.account = account;
    this.#token = token;
  }

  /** Messages that are not confirmed yet. */
  get pending(): number {
    return this.#outbox.size;
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
        this.heardAt = Date.now();
        const frame = JSON.parse(event.data as string) as { type: string } & Record<string, unknown>;
        if (frame.type === 'welcome') {
          this.#ready = true;
          this.epoch = frame.epoch as number;
          for (const row of this.#outbox.values()) this.#transmit(row);
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
    const row = { frame, tried: false };
    this.#outbox.set(id, row);
    if (this.#ready) this.#transmit(row);
    return id;
  }

  /** Is it neither back nor rejected? */
  holds(id: MessageId): boolean {
    return this.#outbox.has(id);
  }

  /** Resolves after the next frame or close. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #transmit(row: { readonly frame: Record<string, unknown>; tried: boolean }): void {
    this.#socket?.send(JSON.stringify({ ...row.frame, first: !row.tried }));
    row.tried = true;
  }

  #receive(frame: { type: string } & Record<string, unknown>): void {
    if (frame.type === 'sent') this.history.acked.add(frame.id as string);
    if (frame.type === 'rejected') {
      this.history.rejected.add(frame.id as string);
      this.#outbox.delete(frame.id as string);
    }
    if (frame.type === 'message') {
      const envelope = frame as unknown as Envelope;
      this.history.received.push(envelope);
      if (envelope.sender === this.account) this.#outbox.delete(envelope.id);
    }
    if (frame.type === 'error' && typeof frame.id === 'string') this.#refused(frame.id, frame.retry_after_ms);
    if (frame.type === 'heartbeat') this.#socket?.send('{"type":"heartbeat"}');
    this.#wake();
  }

  /** Not taken yet: said again after the time that the server asks for. */
  #refused(id: string, afterMs: unknown): void {
    setTimeout(
      () => {
        const row = this.#outbox.get(id);
        if (row !== undefined && this.#ready) this.#transmit(row);
      },
      typeof afterMs === 'number' ? afterMs : 50,
    );
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
