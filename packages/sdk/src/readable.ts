// When a client has everything: what was missed is here and its newest messages are readable, and when it has said
// everything. It waits for keys that are on their way, and never long: one may be missing for ever. [ENC]
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { loadRows, readableMs, windowRows } from './limits.ts';
import { until } from './live.ts';
import type { ClientState, Live } from './views.ts';

/** Resolves when everything that was missed is here. @throws {ChatError} why the client has ended, or `client.aborted` */
export async function caughtUp(core: Core, state: Live<ClientState>, signal?: AbortSignal): Promise<void> {
  const done = () => {
    const { snapshot } = state;
    if (snapshot.phase === 'ended') throw new ChatError(snapshot.code);
    return snapshot.phase === 'online';
  };
  await until((listener) => state.subscribe(listener), done, { signal, closed: core.closed });
  await newestReadable(core, signal);
}

/** Resolves when nothing waits to be sent. @throws {ChatError} `client.aborted` */
export function flushed({ replica, closed }: Core, signal?: AbortSignal): Promise<void> {
  return until(
    (listener) => replica.onBatch(listener),
    () => replica.tables.unsent === 0,
    { signal, closed },
  );
}

/** Resolves when no newest message waits for its key, or after a little while. */
async function newestReadable(core: Core, signal: AbortSignal | undefined): Promise<void> {
  const { phase = 'off' } = core.host.crypto.desk?.snapshot ?? {};
  // Without the account's keys nothing more is on its way.
  if (phase === 'off' || phase === 'needs_linking') return;
  let isLate = false;
  let wake = () => {};
  const stopTimer = core.clock.after(readableMs, () => {
    isLate = true;
    wake();
  });
  const stopBatches = core.replica.onBatch(() => wake());
  const onAbort = () => wake();
  for (const end of [signal, core.closed]) end?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (signal?.aborted) throw new ChatError('client.aborted');
      if (isLate || core.closed.aborted || !(await isWaiting(core))) return;
      await next;
    }
  } finally {
    stopTimer();
    stopBatches();
    for (const end of [signal, core.closed]) end?.removeEventListener('abort', onAbort);
  }
}

async function isWaiting({ replica }: Core): Promise<boolean> {
  const rows = await replica.store.list('unopened', { prefix: [], limit: loadRows });
  return rows.some(({ key: [id, , seq] }) => {
    const row = replica.tables.conversations.get(id as never);
    return row !== undefined && (seq as number) > row.head - windowRows;
  });
}
