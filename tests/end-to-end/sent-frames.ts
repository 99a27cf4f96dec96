// What a page sends to the server, as it stands on the wire; and the keys that its messages were sealed with.
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
}

/** Session and index of each ciphertext; what is sent again is the same one, and counts once. */
export function placesOf(frames: readonly FramesUp['message'][]): readonly string[] {
  const contents = new Set(frames.flatMap(({ content, format }) => (format === 'sealed' ? [content] : [])));
  return [...contents].map((content) => {
    const [, session, ciphertext] = /^1\.([^.]+)\.(.+)$/.exec(content ?? '') ?? [];
    const bytes = Buffer.from(ciphertext ?? '', 'base64');
    // A version, then the index as the first field, below 128 in one byte.
    if (session === undefined || bytes[0] !== 3 || bytes[1] !== 8) throw new Error('it is not sealed');
    return `${session}/${bytes[2]}`;
  });
}
