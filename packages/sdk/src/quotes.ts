// What the replies of one timeline answer: read from the store in the background, shown when it is here, and kept up
// with what is done to it. A bounded number. [TLN]
import { maxQuotes } from './limits.ts';
import type { LocalWrite } from './ports.ts';
import type { MessageRow } from './rows.ts';
import type { ReplyView } from './views.ts';

/** Quotes by the seq that is answered. */
export class Quotes {
  readonly #read: (seq: number) => Promise<ReplyView | null>;
  readonly #changed: (seq: number) => void;
  readonly #known = new Map<number, ReplyView>();

  /** `read` resolves to null for what is not on this device; `changed` is called when a quote looks different. */
  constructor(read: (seq: number) => Promise<ReplyView | null>, changed: (seq: number) => void) {
    this.#read = read;
    this.#changed = changed;
  }

  /** As far as it is known now. */
  of(seq: number): ReplyView {
    const known = this.#known.get(seq);
    if (known !== undefined) return known;
    if (this.#known.size >= maxQuotes) this.#known.clear();
    return this.#show(seq, missing(seq));
  }

  /** A message or what was done to one was written: it looks as it did until it is read again, unless it is gone. */
  apply(write: LocalWrite): void {
    if (write.table !== 'messages' && write.table !== 'folds') return;
    const seq = write.key[1] as number;
    const known = this.#known.get(seq);
    if (known === undefined) return;
    const row = write.table === 'messages' && !('remove' in write) ? (write.value as MessageRow) : null;
    const isGone = row !== null && row.deletedBy !== undefined;
    this.#show(seq, isGone ? { seq, sender: row.sender, text: '', state: 'deleted' } : { ...known });
    this.#changed(seq);
  }

  /** Shows this until it was read. What has changed once more by then is read once more. */
  #show(seq: number, meanwhile: ReplyView): ReplyView {
    this.#known.set(seq, meanwhile);
    this.#read(seq).then(
      (quote) => {
        if (this.#known.get(seq) !== meanwhile) return;
        this.#known.set(seq, quote ?? missing(seq));
        if (quote !== null || meanwhile.state !== 'missing') this.#changed(seq);
      },
      // It is read again when somebody looks again.
      () => this.#known.delete(seq),
    );
    return meanwhile;
  }
}

function missing(seq: number): ReplyView {
  return { seq, sender: null, text: '', state: 'missing' };
}
