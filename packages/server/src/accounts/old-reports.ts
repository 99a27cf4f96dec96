// Closed reports go by themselves: what somebody has shown an operator is not kept for longer than it takes to deal with it
// and to be asked about it. Sought every few hours; an open one is never touched.
import { closedReportMs, reportSweepMs } from '../kernel/limits.ts';
import type { Context } from './parts.ts';

/** Removes closed reports. */
export class OldReports {
  readonly #context: Pick<Context, 'clock' | 'directory' | 'events'>;
  #cancel = () => {};
  #stopped = false;

  constructor(context: Pick<Context, 'clock' | 'directory' | 'events'>) {
    this.#context = context;
  }

  /** Looks for them from now on. */
  start(): void {
    this.sweep().then(
      () => this.#again(),
      (error: unknown) => {
        if (!this.#stopped) this.#context.events.fault('old-reports', error);
        this.#again();
      },
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  sweep(): Promise<void> {
    const { clock, directory } = this.#context;
    return directory.reports.forget(clock.now() - closedReportMs);
  }

  #again(): void {
    if (!this.#stopped) this.#cancel = this.#context.clock.after(reportSweepMs, () => this.start());
  }
}
