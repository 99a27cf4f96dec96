// How the client stands with the server, told to every client of its store whenever it changes.
import type { ConnectionState } from './connection.ts';
import { ChatError } from './error.ts';
import type { Clock } from './ports.ts';
import type { Replica } from './replica.ts';
import type { ClientState } from './views.ts';

/** Kept by the leader. `steady` is the clock of the connection. */
export class Standing {
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #steady: Clock;
  #state: ClientState = { phase: 'offline' };

  constructor(replica: Replica, clock: Clock, steady: Clock) {
    this.#replica = replica;
    this.#clock = clock;
    this.#steady = steady;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** What the connection says; when it is up, whoever reads what was missed says more. */
  connection(state: ConnectionState): void {
    switch (state.name) {
      case 'stopped':
      case 'offline':
        this.say({ phase: 'offline' });
        return;
      case 'waiting':
        this.say({ phase: 'waiting', until: this.#clock.now() + state.until - this.#steady.now() });
        return;
      case 'opening':
      case 'greeting':
        this.say({ phase: 'connecting' });
        return;
      case 'online':
        return;
      case 'ended':
        this.end(new ChatError(state.code));
        return;
    }
  }

  end({ code, advice }: ChatError): void {
    this.say({ phase: 'ended', code, advice });
  }

  say(state: ClientState): void {
    if (state.phase === this.#state.phase && state.phase !== 'waiting') return;
    this.#state = state;
    this.#replica.hint({ hint: 'state', state });
  }
}
