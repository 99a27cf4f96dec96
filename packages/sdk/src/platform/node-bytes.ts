// Files in Node: they go up as they are read.
import type { BytesUp, HttpBytes } from '../ports.ts';
import { fetchBytes, jsonOf, Movement } from './fetch-bytes.ts';

/** Calls one server. `headers` go with every call; a transfer that does not move for `afterMs` is given up. */
export function nodeBytes(origin: string, headers: Readonly<Record<string, string>>, afterMs?: number): HttpBytes {
  return {
    receive: fetchBytes(origin, headers, afterMs),
    send: async (request) => {
      const movement = new Movement(request.signal, afterMs);
      let fault: { readonly error: unknown } | null = null;
      const body = streamOf(request, movement, (error) => {
        fault = { error };
      });
      movement.wait();
      try {
        const response = await fetch(`${origin}${request.path}`, {
          method: 'PUT',
          headers: {
            ...headers,
            'content-type': 'application/octet-stream',
            'content-length': String(request.length),
          },
          body,
          duplex: 'half',
          signal: movement.signal,
          redirect: 'error',
        } as RequestInit);
        return { status: response.status, body: jsonOf(await response.text()) };
      } catch (error) {
        throw fault === null ? error : (fault as { readonly error: unknown }).error;
      } finally {
        movement.end();
      }
    },
  };
}

/** The pieces, each read when there is room for it. */
function streamOf({ pieces, onProgress }: BytesUp, movement: Movement, onFault: (error: unknown) => void) {
  const iterator = pieces[Symbol.asyncIterator]();
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      // It may go on being read after it was given up, or refused before all of it was there.
      if (movement.signal.aborted) {
        await iterator.return?.();
        return controller.error(movement.signal.reason);
      }
      movement.wait();
      try {
        const next = await iterator.next();
        if (next.done === true) return controller.close();
        controller.enqueue(next.value);
        sent += next.value.length;
        onProgress(sent);
      } catch (error) {
        onFault(error);
        throw error;
      }
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
}
