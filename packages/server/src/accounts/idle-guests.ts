// Guests that went without signing out: after thirty days without a socket nobody comes back to them, and nobody could
// sign in to them again. Sought every few hours, one page of accounts after the other; it never touches anybody else.
import { accountsPerRead, guestIdleMs, guestSweepMs } from '../kernel/limits.ts';
import { leave } from './leaving.ts';
import type { Context } from './parts.ts';

/** Deletes idle guests. */
export class IdleGuests {
  readonly #context: Context;
  #cancel = () => {};
  #stopped = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Looks for them from now on; when records can be appended. */
  start(): void {
    this.sweep().then(
      () => this.#again(),
      (error: unknown) => {
        if (!this.#stopped) this.#context.events.fault('idle-guests', error);
        this.#again();
      },
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Deletes those of now; resolves to how many. */
  async sweep(): Promise<number> {
    const { directory } = this.#context;
    let gone = 0;
    let after = '';
    while (!this.#stopped) {
      const page = await directory.people.page(after, accountsPerRead);
      for (const row of page)
        if (!this.#stopped && row.kind === 'guest' && (await this.#isIdle(row)) && (await leave(this.#context, row)))
          gone++;
      const last = page.at(-1);
      if (last === undefined || page.length < accountsPerRead) break;
      after = last.handle;
    }
    return gone;
  }

  async #isIdle({ account, createdAt }: Parameters<typeof leave>[1]): Promise<boolean> {
    const { clock, lastSeen } = this.#context;
    const before = clock.now() - guestIdleMs;
    return createdAt <= before && ((await lastSeen.of(account)) ?? 0) <= before;
  }

  #again(): void {
    if (!this.#stopped) this.#cancel = this.#context.clock.after(guestSweepMs, () => this.start());
  }
}
