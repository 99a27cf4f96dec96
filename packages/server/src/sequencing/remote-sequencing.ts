// The sequencers of other processes, as the use cases of a gateway see them: their rows are in the store, what they
// applied is heard over the bus, verdicts are looked up when the bus has lost them. It promises that nothing rests on
// the bus alone.
import type { AccountId } from '@parley/protocol';
import type { Bus, Hint } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../log/log.ts';
import type { Here, Sequencing } from '../messages/parts.ts';
import type { Follower, Heard } from '../sequencer/record.ts';
import type { Rows } from '../store/store.ts';
import { RemoteRows } from './remote-rows.ts';
import { RemoteVerdicts } from './remote-verdicts.ts';
import { TimePositions } from './time-positions.ts';

/** What a gateway knows of the sequencers. */
export interface RemoteParts {
  readonly log: Pick<Log, 'problem'>;
  readonly store: Rows;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Everything that was appended up to this time is in the store. */
  readonly asOf: () => Promise<number>;
  /** Do the sequencers keep up well enough that more may be appended? */
  readonly isKeepingUp: () => boolean;
  /** Which accounts have a socket here, so that hints of what they are in come here. */
  readonly here: Here;
  readonly fault: (where: string, error: unknown) => void;
}

/** Listens from here on, until `close`. */
export function remoteSequencing(parts: RemoteParts): Sequencing & { close(): void } {
  const { log, store, bus, clock, asOf, isKeepingUp, here, fault } = parts;
  const rows = new RemoteRows(store, clock, here);
  const verdicts = new RemoteVerdicts(store, clock, (error) => fault('verdicts.look', error));
  const followers = new Set<Follower>();
  const tell = (heard: Heard): void => {
    for (const follower of followers) follower(heard);
  };
  const close = bus.subscribe((hint) => {
    if (hint.type === 'envelope') {
      rows.heard(hint);
      tell(heardOf(hint));
    } else if (hint.type === 'verdict') {
      verdicts.heard(hint.conversation, hint.sender, hint.id, hint.verdict);
    } else if (hint.type === 'stored') {
      if (hint.accounts === null) rows.forget();
      else rows.stand(hint.stands);
    } else if (hint.type === 'resync') rows.forget();
  });
  return {
    rows,
    positions: new TimePositions(asOf, clock),
    get accepting() {
      return log.problem === null && isKeepingUp();
    },
    settled: (conversation, sender, id, signal) => verdicts.wait(conversation, sender, id, signal),
    follow(follower) {
      const own: Follower = (heard) => follower(heard);
      followers.add(own);
      return () => followers.delete(own);
    },
    close,
  };
}

const nobody: readonly AccountId[] = [];

function heardOf(hint: Extract<Hint, { readonly type: 'envelope' }>): Heard {
  const { conversation, recipients, joined, left } = hint;
  return {
    conversation,
    offset: hint.after?.offset ?? -1,
    members: recipients === null ? null : new Set(recipients),
    joined,
    left,
    concerned: nobody,
    settingsOf: null,
  };
}
