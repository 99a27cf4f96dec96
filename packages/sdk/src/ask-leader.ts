// Whoever does not lead asks the client of the store that does, and waits for the answer.
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { deedTimeoutMs } from './limits.ts';
import type { Want } from './replica.ts';

/** Asks, under a name of its own. Rejects with what the leader rejected with, or `client.timeout`. */
export function askLeader<T>({ replica, clock, closed, newId }: Asking, want: (from: string) => Want): Promise<T> {
  const from = newId();
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stopTimer();
      stopHints();
      closed.removeEventListener('abort', onClosed);
      settle();
    };
    const onClosed = () => end(() => reject(new ChatError('client.closed')));
    const stopTimer = clock.after(deedTimeoutMs, () => end(() => reject(new ChatError('client.timeout'))));
    const stopHints = replica.onHint((hint) => {
      if (hint.hint !== 'deed' || hint.from !== from) return;
      const { code, answer } = hint;
      end(() => (code === undefined ? resolve(answer as T) : reject(new ChatError(code))));
    });
    closed.addEventListener('abort', onClosed);
    replica.want(want(from));
  });
}

interface Asking extends Pick<Core, 'replica' | 'clock' | 'closed'> {
  readonly newId: () => string;
}
