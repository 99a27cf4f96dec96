// What a page sends to the server, as it stands on the wire.
import type { FramesUp, FrameUp } from '@parley/protocol';
import type { Page } from 'playwright-core';

/** All frames of the sockets of a page, those after a reload included. */
export class SentFrames {
  readonly #frames: FrameUp[] = [];
  #heard = () => {};

  constructor(page: Page) {
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        for (const line of String(payload).split('\n')) this.#frames.push(JSON.parse(line) as FrameUp);
        this.#heard();
      }),
    );
  }

  of<T extends FrameUp['type']>(type: T): readonly FramesUp[T][] {
    return this.#frames.filter((frame) => frame.type === type) as unknown as readonly FramesUp[T][];
  }

  /** Resolves when this holds, now or after a frame. */
  async until(done: () => boolean): Promise<void> {
    while (!done())
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
  }

  /** Each ciphertext; one that was sent again is the same. */
  sealed(): ReadonlySet<string | null | undefined> {
    return new Set(this.of('message').flatMap(({ content, format }) => (format === 'sealed' ? [content] : [])));
  }
}
