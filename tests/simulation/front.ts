// Something that devices of a run talk to: all of a server, or one of its gateways. It takes their sockets and serves their
// calls for as long as it lives.
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import type { NodeParts } from '../../packages/server/src/compose-node.ts';
import type { Service } from '../../packages/server/src/compose-use-cases.ts';
import { Socket } from '../../packages/server/src/gateway/socket.ts';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import type { Acceptor } from './connection.ts';
import { serveCall } from './desk.ts';
import type { Life } from './life.ts';

/** A call of whoever holds this token, until the server stops. */
export interface FrontCall {
  readonly request: HttpRequest;
  readonly token: string | null;
  readonly signal: AbortSignal;
  readonly fault: (where: string, error: unknown) => void;
}

/** A service and whoever is connected to it. */
export class Front {
  readonly service: Service;
  readonly life: Life;
  readonly sockets = new Set<Socket>();
  /** What the network has of those sockets. */
  readonly acceptors = new Set<Acceptor>();
  readonly #clock: NodeParts['clock'];

  constructor(service: Service, life: Life, clock: NodeParts['clock']) {
    this.service = service;
    this.life = life;
    this.#clock = clock;
  }

  accept(wire: Wire, device: string): Acceptor | null {
    const { life, service, sockets, acceptors } = this;
    if (service.notReady() === 'draining') return null;
    const gone = (closed: Socket) => {
      sockets.delete(closed);
      acceptors.delete(acceptor);
    };
    const socket = new Socket(life.fence(wire), { ...service.socketParts, gone }, null, `192.0.2.${device.length}`);
    const acceptor: Acceptor = {
      receive: (text) => {
        if (!life.over) socket.receive(text);
      },
      heard: () => {
        if (!life.over) socket.heard();
      },
      closed: (code) => {
        if (!life.over) socket.closed(code);
      },
    };
    sockets.add(socket);
    acceptors.add(acceptor);
    return acceptor;
  }

  /** Rejects when it is gone before it has answered. */
  answer({ request, token, signal, fault }: FrontCall): Promise<HttpResponse> {
    const { life, service } = this;
    const desk = { routes: service.handlers, authenticate: service.authenticate, signal, fault };
    return new Promise((resolve, reject) => {
      life.onEnd(() => reject(new Error('the server is gone')));
      life.hold(serveCall(desk, request, token)).then(resolve, reject);
    });
  }

  /** Time passes. */
  sweep(): void {
    for (const socket of this.sockets) socket.sweep(this.#clock.elapsed());
  }
}
