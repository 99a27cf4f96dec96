// Which requests ask for a socket. Any other upgrade that is offered (to HTTP/2, by curl and Java) is not wanted here: the
// request is served as if it had not been offered (RFC 9110, 7.8).
import type { IncomingMessage } from 'node:http';

/** The one place for sockets. */
export const socketPath = '/v1/ws';
/** The one version of the WebSocket protocol. */
export const webSocketVersion = '13';

/** Is it the listener that must answer? */
export function asksForSocket({ method, httpVersion, headers, url }: IncomingMessage): boolean {
  const isUpgrade = method === 'GET' && httpVersion !== '1.0' && headers.upgrade?.toLowerCase() === 'websocket';
  return isUpgrade && URL.parse(url ?? '/', 'http://localhost')?.pathname === socketPath;
}
