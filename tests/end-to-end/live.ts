// Waiting for what a client shows, without a clock: now, or after one of the changes that it tells of.
import type { Client, Live, Timeline } from '@parley/sdk';

/** Resolves with what is found in the view, now or after a change. */
export function seen<V, T>(live: Live<V>, find: (view: V) => T | null): Promise<T> {
  return new Promise((resolve) => {
    const stop = live.subscribe(look);
    function look(): void {
      const found = find(live.snapshot);
      if (found === null) return;
      stop();
      resolve(found);
    }
    look();
  });
}

/** Resolves when the timeline shows a message with this text. */
export async function shows(timeline: Timeline, text: string): Promise<void> {
  await seen(timeline, ({ items }) => (items.some((item) => item.text === text) ? true : null));
}

/** Resolves when the keys of this client stand so. */
export async function stands({ encryption }: Client, wanted: Partial<Client['encryption']['snapshot']>): Promise<void> {
  const { phase, recovery } = wanted;
  await seen(encryption, (view) =>
    (phase ?? view.phase) === view.phase && (recovery ?? view.recovery) === view.recovery ? true : null,
  );
}

/** Resolves with how many messages could not be opened, once none of these waits for a key: zero, where all are honest. */
export async function unopened(clients: readonly Client[]): Promise<number> {
  const counts = clients.map(({ encryption: { undecryptable } }) =>
    seen(undecryptable, ({ waiting, ...others }) => (waiting === 0 ? Object.values(others) : null)),
  );
  return (await Promise.all(counts)).flat().reduce((sum, count) => sum + count, 0);
}
