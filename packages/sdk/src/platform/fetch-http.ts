// HTTP by the `fetch` that browsers and Node share.
import type { Http } from '../ports.ts';

const deadlineMs = 30_000;

/** Calls one server. `headers` go with every call. */
export function fetchHttp(origin: string, headers: Readonly<Record<string, string>>): Http {
  return {
    call: async ({ method, path, body, headers: own = {}, signal }) => {
      const deadline = AbortSignal.timeout(deadlineMs);
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: { ...headers, ...own, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      const text = await response.text();
      return { status: response.status, body: parse(text) };
    },
  };
}

/** JSON, or null for anything else: a proxy's error page has no code, which says enough. */
function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
