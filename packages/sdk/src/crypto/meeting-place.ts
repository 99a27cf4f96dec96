// A place on the server where a new device and a linked one pass each other what they have sealed, one after the other,
// for two minutes. Whoever has the server may alter or drop what is said: what counts is what opens. [ENC]
import * as wire from '@parley/protocol/limits';
import { ChatError } from '../error.ts';
import { meetAgainMs } from '../limits.ts';
import type { Clock } from '../ports.ts';
import type { Rest } from '../rest.ts';

interface PlaceParts {
  readonly rest: Rest;
  readonly clock: Clock;
  /** Nobody waits there any more. */
  readonly signal: AbortSignal;
}

/** As one of the two sees it. */
export class MeetingPlace {
  readonly name: string;
  readonly #parts: PlaceParts;
  readonly #endsAt: number;
  /** Of what was said last, as far as it is known here. */
  #version = 1;

  private constructor(name: string, parts: PlaceParts) {
    this.name = name;
    this.#parts = parts;
    this.#endsAt = parts.clock.now() + wire.rendezvousMs;
  }

  /** A new one, with the first word. @throws {ChatError} */
  static async open(parts: PlaceParts, data: string): Promise<MeetingPlace> {
    const { rest, signal } = parts;
    const { rendezvous } = await rest('createRendezvous', { body: { data }, signal });
    return new MeetingPlace(rendezvous, parts);
  }

  /** One that another device has opened; `link.gone` when there is none. @throws {ChatError} */
  static async find(parts: PlaceParts, name: string): Promise<{ readonly place: MeetingPlace; readonly data: string }> {
    const place = new MeetingPlace(name, parts);
    const { data, version } = await place.#ask(0);
    // Somebody else has been here already.
    if (version !== 1) throw new ChatError('link.gone');
    return { place, data };
  }

  /** @throws {ChatError} `link.gone`: the place is, or somebody else spoke there */
  async say(data: string): Promise<void> {
    const { rest, signal } = this.#parts;
    const version = this.#version + 1;
    await rest('putRendezvous', { params: { rendezvous: this.name }, body: { data, version }, signal }).catch(gone);
    this.#version = version;
  }

  /** What the other one says next. @throws {ChatError} `link.gone` */
  async hear(): Promise<string> {
    const { clock, signal } = this.#parts;
    while (clock.now() < this.#endsAt) {
      signal.throwIfAborted();
      const said = await this.#ask(this.#version).catch(unlessUnreachable);
      if (said !== null && said.version > this.#version) {
        this.#version = said.version;
        return said.data;
      }
      await pause(clock, signal);
    }
    throw new ChatError('link.gone');
  }

  /** Rejects with `link.gone` when it is; the other one has nothing to say. Until the signal. */
  async watch(until: AbortSignal): Promise<never> {
    const { clock, signal } = this.#parts;
    const stop = AbortSignal.any([signal, until]);
    while (!stop.aborted && clock.now() < this.#endsAt) {
      await this.#ask(this.#version).catch(unlessUnreachable);
      await pause(clock, stop);
    }
    throw new ChatError('link.gone');
  }

  /** It is closed for both. What cannot be closed now ends by itself. */
  async leave(): Promise<void> {
    await this.#parts.rest('deleteRendezvous', { params: { rendezvous: this.name } }).catch(unlessUnreachable);
  }

  async #ask(after: number): Promise<{ readonly data: string; readonly version: number }> {
    const { rest, signal } = this.#parts;
    return rest('getRendezvous', { params: { rendezvous: this.name }, query: { after }, signal }).catch(gone);
  }
}

function gone(error: unknown): never {
  const isGone = error instanceof ChatError && (error.code === 'not_found' || error.code === 'keys.conflict');
  throw isGone ? new ChatError('link.gone') : error;
}

function unlessUnreachable(error: unknown): null {
  if (error instanceof ChatError && (error.advice === 'retry' || error.advice === 'wait')) return null;
  throw error;
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = clock.after(meetAgainMs, resolve);
    const end = () => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
