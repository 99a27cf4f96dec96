// The account of this client itself: what is known of it, and what a person changes about it.
import type { Me } from '@parley/protocol';
import type { Core } from './core.ts';
import { toMe } from './entrance.ts';
import { ChatError } from './error.ts';
import { Derived } from './live.ts';
import type { PeopleCache } from './people.ts';
import { keys, put } from './rows.ts';
import type { Live, MeView } from './views.ts';

/** Kept, shown, and read again when another device has changed it. */
export class OwnAccount implements Live<MeView> {
  readonly #core: Core;
  readonly #people: PeopleCache;
  readonly #view: Derived<MeView>;
  readonly #stops: readonly (() => void)[];

  constructor(core: Core, people: PeopleCache) {
    this.#core = core;
    this.#people = people;
    this.#view = new Derived(() => toMe(this.#kept()));
    this.#stops = [
      core.replica.onBatch(({ writes }) => {
        if (writes.some(({ table, key }) => table === 'facts' && key[0] === 'me')) this.#view.stale();
      }),
      core.replica.onHint((hint) => {
        if (hint.hint === 'notice' && hint.topic === 'profile' && (hint.account ?? core.me) === core.me)
          this.#refresh();
      }),
    ];
  }

  get snapshot(): MeView {
    return this.#view.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  async update(changes: { readonly name?: string; readonly about?: string }): Promise<void> {
    await this.#keep(await this.#core.rest('updateMe', { body: changes }));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #refresh(): void {
    // When it cannot be read now it is read with the next change.
    this.#core
      .rest('getMe')
      .then((me) => this.#keep(me))
      .catch(() => {});
  }

  async #keep(me: Me): Promise<void> {
    await this.#core.replica.commit([put('facts', keys.fact('me'), me)]);
    await this.#people.refresh(me.account);
  }

  #kept(): Me {
    const me = this.#core.replica.tables.fact('me');
    if (me === null) throw new ChatError('auth.required');
    return me;
  }
}
