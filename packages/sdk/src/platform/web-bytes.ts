// Files in a browser. A request of a stream needs HTTP/2 and not every browser has it, so what is sealed is put aside in
// blobs first, which a browser may keep on its disk; only `XMLHttpRequest` tells how far a request has got.
import { maxHeldSealedBytes } from '../limits.ts';
import type { BytesUp, HttpBytes, HttpResponse } from '../ports.ts';
import { fetchBytes, jsonOf, Movement } from './fetch-bytes.ts';

/** Calls the server of this page. `headers` go with every call. */
export function webBytes(origin: string, headers: Readonly<Record<string, string>>): HttpBytes {
  return {
    receive: fetchBytes(origin, headers),
    send: async (request) => {
      const bytes = await putAside(request);
      const movement = new Movement(request.signal);
      try {
        return await put(`${origin}${request.path}`, { request, headers, bytes, movement });
      } finally {
        movement.end();
      }
    },
  };
}

async function putAside({ pieces, signal }: BytesUp): Promise<Blob> {
  const aside: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    held.push(piece as Uint8Array<ArrayBuffer>);
    size += piece.length;
    if (size < maxHeldSealedBytes) continue;
    aside.push(new Blob(held));
    held = [];
    size = 0;
  }
  return new Blob([...aside, ...held], { type: 'application/octet-stream' });
}

function put(
  address: string,
  {
    request,
    headers,
    bytes,
    movement,
  }: {
    readonly request: BytesUp;
    readonly headers: Readonly<Record<string, string>>;
    readonly bytes: Blob;
    readonly movement: Movement;
  },
): Promise<HttpResponse> {
  const { signal } = movement;
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const stop = () => call.abort();
    call.open('PUT', address);
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.setRequestHeader('content-type', 'application/octet-stream');
    call.upload.onprogress = ({ loaded }) => {
      movement.wait();
      request.onProgress(loaded);
    };
    call.onload = () => resolve({ status: call.status, body: jsonOf(call.responseText) });
    call.onerror = () => reject(new Error('the server cannot be reached'));
    call.onabort = () => reject(signal.reason as Error);
    call.onloadend = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    movement.wait();
    if (signal.aborted) reject(signal.reason as Error);
    else call.send(bytes);
  });
}
