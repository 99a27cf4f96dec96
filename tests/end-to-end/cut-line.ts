// A line to a server that is cut when so many bytes have gone up, and mended when the test says so.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What stands between a client and its server. */
export interface CutLine extends AsyncDisposable {
  readonly url: string;
  /** Bytes that clients have sent over it. */
  readonly up: number;
  /** Cuts it as soon as so many bytes have gone up; resolves when it is cut. Nobody gets through until it is mended. */
  cutAt(bytes: number): Promise<void>;
  /** From here on it leads to this server. */
  mend(server: string): void;
}

export async function cutLine(server: string): Promise<CutLine> {
  const open = new Set<Socket>();
  let target: number | null = Number(new URL(server).port);
  let up = 0;
  let cut: { readonly at: number; readonly done: () => void } | null = null;
  const count = (bytes: number) => {
    up += bytes;
    if (cut === null || up < cut.at) return;
    cut.done();
    cut = null;
    target = null;
    for (const socket of open) socket.destroy();
  };
  const proxy = createServer((near) => {
    if (target === null) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      // What ends one side ends the other.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.on('data', (chunk) => count(chunk.length));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get up() {
      return up;
    },
    cutAt: (at) =>
      new Promise((done) => {
        cut = { at, done };
      }),
    mend: (url) => {
      target = Number(new URL(url).port);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
