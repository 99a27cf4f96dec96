// One thread that plays histories: it takes blocks of seeds until none is left or the time is over. It is a thread of
// its own, because the crypto library looks for its store in the global scope, and because whoever dies leaves its
// machine in memory.
import { parentPort, workerData } from 'node:worker_threads';
import { Crowd, type Played } from './chaos.ts';
import { offerStores } from './frail-device.ts';

/** What is played, by all threads together. */
export interface ChaosPlan {
  readonly first: number;
  readonly histories: number;
  readonly steps: number;
  /** So many histories are played by the same devices. */
  readonly perCrowd: number;
  /** No history begins after this, in milliseconds of the clock. */
  readonly until: number;
  /** Blocks that were begun: one number. */
  readonly begun: SharedArrayBuffer;
}

/** What a thread tells: a history was played, or went wrong. */
export type ChaosNews =
  | { readonly seed: number; readonly played: Played }
  | { readonly seed: number; readonly begin: number; readonly failure: string };

// As in the worker that holds the keys: the library makes an error, and drops it, for nearly every value that it reads.
Error.stackTraceLimit = 0;
offerStores();
await playAll(workerData as ChaosPlan, (news) => parentPort?.postMessage(news));

async function playAll(plan: ChaosPlan, tell: (news: ChaosNews) => void): Promise<void> {
  const begun = new Int32Array(plan.begun);
  for (;;) {
    const begin = plan.first + Atomics.add(begun, 0, 1) * plan.perCrowd;
    const end = Math.min(begin + plan.perCrowd, plan.first + plan.histories);
    if (begin >= end || Date.now() > plan.until) return;
    const crowd = await Crowd.of(begin);
    for (let seed = begin; seed < end && Date.now() <= plan.until; seed++)
      try {
        tell({ seed, played: await crowd.play(seed, plan.steps) });
      } catch (cause) {
        tell({ seed, begin, failure: cause instanceof Error ? `${cause.message}\n${cause.stack}` : String(cause) });
        // What these devices say from here on proves nothing.
        break;
      }
    await crowd.close();
  }
}
