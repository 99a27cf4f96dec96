// Sockets by the `WebSocket` that browsers and Node share.
import { subprotocol } from '@parley/protocol/version';
import type { SocketFactory } from '../ports.ts';

/** Opens sockets to one address. */
export function webSockets(address: string): SocketFactory {
  return {
    open: (events) => {
      const socket = new WebSocket(address, subprotocol);
      socket.onopen = () => events.onOpen();
      socket.onmessage = ({ data }) => {
        if (typeof data === 'string') events.onText(data);
      };
      // `error` is always followed by `close`, which says more.
      socket.onclose = ({ code, reason }) => events.onClose(code, reason);
      return {
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: (code) => {
          socket.onmessage = null;
          socket.close(code);
        },
        get bufferedBytes() {
          return socket.bufferedAmount;
        },
      };
    },
  };
}
