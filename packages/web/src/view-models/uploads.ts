// Files on their way into one conversation: made ready, put on the server and sent, one after the other and in the order in
// which they were chosen. One that fails holds up the others until somebody says what is to become of it.
import type { MessageId } from '@parley/protocol';
import type { Conversation, NewFile } from '@parley/sdk';
import { inBackground } from './background.ts';
import { Model } from './model.ts';

export interface Upload {
  readonly id: number;
  readonly name: string;
  /** Bytes that are there, and how many there are to be. */
  readonly bytes: number;
  readonly of: number;
  readonly state: 'waiting' | 'preparing' | 'sending' | 'failed';
  /** It is on its way, and waits for the server. */
  readonly isHeldUp: boolean;
  /** Why it failed: a code. */
  readonly failed: string | null;
}

/** What is sent, and its bytes as the page has them. */
export interface Prepared {
  readonly file: NewFile;
  readonly content: Blob;
}

/** A file that somebody has chosen; `prepare` makes of it what is sent. */
export interface ToSend {
  readonly name: string;
  readonly size: number;
  prepare(): Promise<Prepared>;
}

export interface Uploads extends Pick<Model<readonly Upload[]>, 'snapshot' | 'subscribe'> {
  add(files: readonly ToSend[]): void;
  /** What was not sent yet is not sent. */
  cancel(id: number): void;
  again(id: number): void;
}

/** Of this conversation; `sent` hears which message carries which file. */
export function createUploads(
  conversation: Pick<Conversation, 'sendFile'>,
  sent: (message: MessageId, what: Prepared) => void,
): Uploads {
  const model = new Model<readonly Upload[]>([]);
  const sources = new Map<number, ToSend>();
  let running: { readonly id: number; readonly stop: AbortController } | null = null;
  let made = 0;

  const change = (id: number, fields: Partial<Upload>) =>
    model.set(model.snapshot.map((upload) => (upload.id === id ? { ...upload, ...fields } : upload)));
  const remove = (id: number) => {
    sources.delete(id);
    model.set(model.snapshot.filter((upload) => upload.id !== id));
  };
  const run = async (id: number, source: ToSend, signal: AbortSignal) => {
    try {
      change(id, { state: 'preparing', failed: null, bytes: 0, isHeldUp: false });
      const prepared = await source.prepare();
      signal.throwIfAborted();
      const { file } = prepared;
      change(id, { state: 'sending', of: file.source.size });
      const onProgress = (bytes: number, of: number, isHeldUp: boolean) => change(id, { bytes, of, isHeldUp });
      const message = await conversation.sendFile(file, { signal, onProgress });
      sent(message.id, prepared);
      remove(id);
    } catch (error) {
      if (!signal.aborted) change(id, { state: 'failed', failed: codeOf(error) });
    }
  };
  const proceed = () => {
    const [first] = model.snapshot;
    const source = first === undefined ? undefined : sources.get(first.id);
    if (running !== null || first?.state !== 'waiting' || source === undefined) return;
    const { id } = first;
    const stop = new AbortController();
    running = { id, stop };
    inBackground(
      run(id, source, stop.signal).then(() => {
        running = null;
        proceed();
      }),
    );
  };

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    add: (files) => {
      const added = files.map((file): Upload => {
        const id = ++made;
        sources.set(id, file);
        return { id, name: file.name, bytes: 0, of: file.size, state: 'waiting', isHeldUp: false, failed: null };
      });
      model.set([...model.snapshot, ...added]);
      proceed();
    },
    cancel: (id) => {
      if (running?.id === id) running.stop.abort();
      remove(id);
      proceed();
    },
    again: (id) => {
      change(id, { state: 'waiting', failed: null });
      proceed();
    },
  };
}

/** What the SDK refuses has a code of words; a file that was changed or moved away since it was chosen has none. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'client.unreadable_file';
}
