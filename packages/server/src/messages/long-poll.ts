// `GET /v1/sync`: what changed, at once or when something does. The page is the one that a socket gets. What the bus
// loses is found at the end of the wait; a client that is gone ends it.
import type { Changes } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FrameHandlers, Session } from '../kernel/frame-handlers.ts';
import type { Handler } from '../kernel/handlers.ts';
import { pollPauseMs } from '../kernel/limits.ts';
import { ok, refuse, Unavailable } from '../kernel/result.ts';
import { callerOf } from './context.ts';
import { type Poll, Polls } from './polls.ts';

/** What a long poll asks of the socket's use cases. */
export type Changing = Pick<FrameHandlers, 'changesSince' | 'roomsOf'>;

/** The route. */
export function createLongPoll(bus: Bus, clock: Clock, frames: Changing): Handler<'sync'> {
  const polls = new Polls(bus);
  return async (call) => {
    const { account, device, admin } = callerOf(call);
    const session: Session = { account, device, admin, address: call.address };
    const { since = null, timeout_ms: timeoutMs = 0 } = call.query;
    const rooms = timeoutMs === 0 ? [] : (await frames.roomsOf(account)).map(({ conversation }) => conversation);
    const poll = polls.begin(account, rooms);
    if (poll === 'account full') return refuse('rate.limited', { retry_after_ms: 1_000 });
    if (poll === 'full') throw new Unavailable('too many wait for changes');
    const end = ending(clock, timeoutMs, call.signal);
    try {
      if (timeoutMs > 0) await bus.ready();
      let from = since;
      for (;;) {
        const isLast = end.signal.aborted;
        const frame = await frames.changesSince(session, from);
        if (!frame.ok) return frame;
        const page = JSON.parse(Buffer.from(frame.value).toString()) as Changes;
        if (page.items.length > 0 || page.has_more || isLast) return ok(page);
        from = page.since;
        await changeOr(end.signal, poll, clock);
      }
    } finally {
      poll.end();
      end.cancel();
    }
  };
}

/** Aborts when the time is over or the caller is gone. */
function ending(clock: Clock, timeoutMs: number, gone: AbortSignal): { readonly signal: AbortSignal; cancel(): void } {
  const over = new AbortController();
  const end = (): void => over.abort();
  if (timeoutMs === 0 || gone.aborted) end();
  const cancelTimer = clock.after(timeoutMs, end);
  gone.addEventListener('abort', end);
  return {
    signal: over.signal,
    cancel: () => {
      cancelTimer();
      gone.removeEventListener('abort', end);
    },
  };
}

/** Resolves a moment after the next change, so that many at once are one answer, or at the end. */
async function changeOr(end: AbortSignal, poll: Poll, clock: Clock): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const stop = (): void => ended.resolve();
  end.addEventListener('abort', stop);
  if (end.aborted) stop();
  await Promise.race([poll.changed(), ended.promise]);
  if (!end.aborted) {
    const cancel = clock.after(pollPauseMs, stop);
    await ended.promise;
    cancel();
  }
  end.removeEventListener('abort', stop);
}
