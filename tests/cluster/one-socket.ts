// A quiet client that stays connected: after every close it waits a time of chance, comes back, and asks what it missed
// of its one conversation.
import type { Messages } from '@parley/protocol';

const firstMs = 300;
const spreadMs = 3_000;
const askAgainMs = 500;

export class OneSocket {
  readonly #url: string;
  readonly #token: string;
  readonly #conversation: string;
  #socket: WebSocket | null = null;
  #isOver = false;
  /** Was it welcomed, and has not been closed since? */
  isIn = false;
  /** The newest record that it knows of, and the newest at its beginning. */
  #seq = 0;
  #begunAt = 0;

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
    this.#begunAt = this.#seq;
  }

  /** Is it in, and knows of something that came after its beginning? */
  get isCaughtUp(): boolean {
    return this.isIn && this.#seq > this.#begunAt;
  }

  end(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  #connect(first: () => void): void {
    if (this.#isOver) return;
    const socket = new WebSocket(this.#url, 'parley.v1.json');
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: this.#token }));
    socket.onclose = () => {
      this.isIn = false;
      setTimeout(() => this.#connect(first), firstMs + Math.random() * spreadMs);
    };
    socket.onmessage = ({ data }) => this.#hear(socket, JSON.parse(data as string) as { readonly type: string }, first);
  }

  #hear(socket: WebSocket, frame: { readonly type: string }, first: () => void): void {
    if (frame.type === 'welcome') {
      this.isIn = true;
      this.#ask(socket);
    } else if (frame.type === 'messages') {
      this.#seq = Math.max(this.#seq, (frame as Messages).to_seq);
      first();
    } else if (frame.type === 'message') {
      const { seq, conversation_id: where } = frame as unknown as { seq: number; conversation_id: string };
      if (where === this.#conversation) this.#seq = Math.max(this.#seq, seq);
    } else if (frame.type === 'error') setTimeout(() => this.isIn && this.#ask(socket), askAgainMs);
    else if (frame.type === 'heartbeat') socket.send('{"type":"heartbeat"}');
  }

  #ask(socket: WebSocket): void {
    if (socket !== this.#socket || socket.readyState !== WebSocket.OPEN) return;
    const asked = { conversation_id: this.#conversation, after: this.#seq };
    socket.send(JSON.stringify({ type: 'sync', ref: 'missed', ...asked }));
  }
}
