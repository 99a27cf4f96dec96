// The bytes of an upload as they come, and for how long they may take: a slow line is waited for, one that only drips is
// ended, since an upload under way keeps others out. Time in which nobody asks for bytes is not the client's.
import type { Readable } from 'node:stream';
import type { Clock } from '../kernel/clock.ts';
import type { Upload } from '../kernel/handlers.ts';
import { fileGraceMs, fileIdleMs, leastUploadBytesPerSecond } from '../kernel/limits.ts';

/** The body of an upload of so many bytes. `clock` is a steady one. [MED7] [MED124] */
export function pacedBody(body: Readable, bytes: number, clock: Clock): Upload {
  let receivedBytes = 0;
  // As when the line breaks: no fault of ours.
  const cut = () => {
    body.destroy(Object.assign(new Error('the upload was ended'), { code: 'ECONNRESET' }));
  };
  async function* content(): AsyncGenerator<Uint8Array> {
    let leftMs = fileGraceMs;
    let askedAt = clock.now();
    let disarm = clock.after(leftMs, cut);
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        disarm();
        receivedBytes += chunk.length;
        const earnedMs = (chunk.length * 1_000) / leastUploadBytesPerSecond;
        leftMs = Math.min(fileIdleMs, leftMs - (clock.now() - askedAt) + earnedMs);
        yield chunk;
        askedAt = clock.now();
        disarm = clock.after(Math.max(0, leftMs), cut);
      }
    } finally {
      disarm();
    }
  }
  return { bytes, content: content(), line: { receivedBytes: () => receivedBytes, cut } };
}
