// A quiet client that stays connected: after every close it waits a time of chance, comes back, says what it was told last,
// and asks what it missed of its one conversation, and again when a heartbeat says that something happened. It remembers
// when it was answered.
import type { Changes, HeartbeatDown, Messages } from '@parley/protocol';

const firstMs = 300;
const spreadMs = 3_000;
const askAgainMs = 500;

export class OneSocket {
  readonly #url: string;
  readonly #token: string;
  readonly #conversation: string;
  #socket: WebSocket | null = null;
  #isOver = false;
  #since: string | null = null;
  /** The newest record that it knows of, and the newest at its beginning. */
  #seq = 0;
  #begunWith = 0;
  /** Was it welcomed, and has not been closed since? */
  #isIn = false;
  /** What the last heartbeat of this connection said. */
  #change: string | null = null;
  /** How often it was closed. */
  closes = 0;
  /** When it was told what there is, since it was closed last. Milliseconds; null: not yet. */
  answeredAt: number | null = null;
  /** When it first knew of something that came after its beginning. */
  heardAt: number | null = null;

  constructor(url: string, token: string, conversation: string) {
    this.#url = `${url.replace('http', 'ws')}/v1/ws`;
    this.#token = token;
    this.#conversation = conversation;
  }

  /** Resolves when it is in for the first time and knows what is there. */
  async begin(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connect(resolve);
    await promise;
    this.#begunWith = this.#seq;
    this.heardAt = null;
  }

  /** Is it in, was it told what there is, and knows of something that came after its beginning? */
  get isCaughtUp(): boolean {
    return this.answeredAt !== null && this.heardAt !== null;
  }

  end(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  #connect(first: () => void): void {
    if (this.#isOver) return;
    const socket = new WebSocket(this.#url, 'parley.v1.json');
    this.#socket = socket;
    socket.onopen = () => {
      const since = this.#since === null ? {} : { since: this.#since };
      socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: this.#token, ...since }));
    };
    socket.onclose = () => {
      this.closes++;
      this.#isIn = false;
      this.answeredAt = null;
      setTimeout(() => this.#connect(first), firstMs + Math.random() * spreadMs);
    };
    socket.onmessage = ({ data }) => this.#hear(socket, JSON.parse(data as string) as { readonly type: string }, first);
  }

  #hear(socket: WebSocket, frame: { readonly type: string }, first: () => void): void {
    if (frame.type === 'welcome') {
      this.#isIn = true;
      this.#change = null;
      this.#ask(socket);
    } else if (frame.type === 'changes') this.#since = (frame as Changes).since;
    else if (frame.type === 'messages') {
      this.#knows((frame as Messages).to_seq);
      this.answeredAt ??= Date.now();
      first();
    } else if (frame.type === 'message') {
      const { seq, conversation_id: where } = frame as unknown as { seq: number; conversation_id: string };
      if (where === this.#conversation) this.#knows(seq);
    } else if (frame.type === 'error') setTimeout(() => this.#isIn && this.#ask(socket), askAgainMs);
    else if (frame.type === 'heartbeat') {
      socket.send('{"type":"heartbeat"}');
      const { change } = frame as HeartbeatDown;
      if (change !== this.#change) this.#ask(socket);
      this.#change = change;
    }
  }

  #knows(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    if (this.#seq > this.#begunWith) this.heardAt ??= Date.now();
  }

  #ask(socket: WebSocket): void {
    if (socket !== this.#socket || socket.readyState !== WebSocket.OPEN) return;
    const asked = { conversation_id: this.#conversation, after: this.#seq };
    socket.send(JSON.stringify({ type: 'sync', ref: 'missed', ...asked }));
  }
}
