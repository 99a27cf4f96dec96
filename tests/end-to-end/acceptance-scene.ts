// A group of the acceptance tests into which people come and from which they go, and what each of its devices may read.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
import type { Chance } from '../simulation/chance.ts';
import type { Line } from './acceptance-device.ts';
import { deviceOf, type Somebody } from './acceptance-people.ts';

/** A group with who is in it, and what was said to whom. */
export class Scene {
  readonly inside: Set<Somebody>;
  readonly #group: ConversationId;
  readonly #owner: Somebody;
  readonly #said: { readonly seq: number; readonly text: string; readonly readers: ReadonlySet<Somebody> }[] = [];

  constructor(group: ConversationId, owner: Somebody, others: readonly Somebody[]) {
    this.#group = group;
    this.#owner = owner;
    this.inside = new Set([owner, ...others]);
  }

  async says(who: Somebody, text: string, chance?: Chance): Promise<void> {
    const { device } = chance?.pick(who.homes) ?? who.homes[0] ?? assert.fail();
    const [seq] = await device.say(this.#group, [text]);
    this.#said.push({ seq: seq ?? 0, text, readers: new Set(this.inside) });
  }

  /** These go and these come, all at once; resolves when everybody who is in it knows. */
  async changes(going: readonly Somebody[], coming: readonly Somebody[]): Promise<void> {
    const owner = deviceOf(this.#owner);
    await Promise.all([
      ...going.map(({ account }) => owner.remove(this.#group, account)),
      ...coming.map(({ account }) => owner.add(this.#group, account)),
    ]);
    for (const one of going) this.inside.delete(one);
    for (const one of coming) this.inside.add(one);
    for (const one of going) for (const { device } of one.homes) await device.belongs(this.#group, false);
    for (const one of this.inside)
      for (const { device } of one.homes) {
        await device.belongs(this.#group, true);
        await device.counts(this.#group, this.inside.size);
      }
  }

  /** Every device reads what was said while it was in, and has all else sealed only. */
  async judge(everybody: readonly Somebody[]): Promise<void> {
    for (const one of everybody) {
      const expected = this.#said.map(
        ({ seq, text, readers }): Line =>
          readers.has(one) ? { seq, text, unreadable: null } : { seq, text: '', unreadable: 'no_key' },
      );
      const readable = expected.flatMap(({ seq, unreadable }) => (unreadable === null ? [seq] : []));
      for (const { device } of one.homes)
        assert.deepEqual(await device.lines(this.#group, readable), expected, one.name);
    }
  }
}
