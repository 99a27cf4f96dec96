// For tests of what authors say to have seen: a client whose crypto seals nothing and says what each author saw.
import assert from 'node:assert/strict';
import type { Envelope } from '@parley/protocol';
import { chat, messages, record, Stage } from './client-fixture.ts';
import { plainCrypto } from './crypto/plain.ts';
import type { CryptoProvider, Witness } from './ports.ts';
import { recordHash, windowHash } from './witness.ts';

/** What was sealed, and what those who wrote say to have seen, by seq. */
export class Sight {
  readonly sealed: (Witness | null | undefined)[] = [];
  readonly said = new Map<string, Witness>();

  readonly crypto: Partial<CryptoProvider> = {
    seal: async (sealing) => {
      if (sealing.kind === 'direct') this.sealed.push((await sealing.readers()).witness);
      return plainCrypto.seal(sealing);
    },
    open: async (opening) => {
      const opened = await plainCrypto.open(opening);
      return opened.body === null ? opened : { ...opened, witness: this.said.get(opening.id) ?? null };
    },
  };

  /** The author of this record has seen these. */
  saw(by: Envelope, seen: readonly Envelope[], epoch = 1): Envelope {
    this.said.set(by.id, witnessOf(seen, epoch));
    return by;
  }
}

export const witnessOf = (seen: readonly Envelope[], epoch = 1): Witness => [
  epoch,
  seen.at(-1)?.seq ?? 0,
  windowHash(seen.map((one) => recordHash(one) ?? assert.fail())),
  seen.length,
];
export const history = Array.from({ length: 200 }, (_, at) => record(chat, at + 1));
/** The newest of them up to there, at most 64. */
export const upTo = (to: number, from = Math.max(1, to - 63)) => history.slice(from - 1, to);

export async function opened(sight: Sight, from?: Stage): Promise<Stage> {
  const stage = await Stage.open(from, 1, { crypto: sight.crypto });
  stage.http.on('GET /v1/settings', { items: [], has_more: false });
  return stage;
}

/** A page of these, as the answer to whatever was asked last. */
export async function page(stage: Stage, items: readonly Envelope[], from: number, to: number): Promise<void> {
  await stage.answer(stage.question(), messages(chat, from, to, items));
}
