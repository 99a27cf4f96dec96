// Files of messages that were opened on this page: asked for once, a few at a time, and kept for as long as something shows
// them; then for as long as there is room. What is let go gives its address back.
import type { MessageId } from '@parley/protocol';
import type { FileView, MessageView } from '@parley/sdk';
import { inBackground } from './background.ts';
import { maxKeptBytes, maxKeptFiles, maxOpenings } from './file-limits.ts';
import { Model } from './model.ts';
import { passiveType } from './showable.ts';

/** How far a file is. `address` shows it on this page, and nowhere else. */
export type Opening =
  | { readonly state: 'closed' }
  | { readonly state: 'opening'; readonly bytes: number }
  | { readonly state: 'open'; readonly address: string }
  | { readonly state: 'failed'; readonly code: string };

/** A message that carries a file. */
export type FileMessage = Pick<MessageView, 'id' | 'seq' | 'conversation'> & { readonly file: FileView };

export interface OpenedFiles {
  of(message: FileMessage): Pick<Model<Opening>, 'snapshot' | 'subscribe'>;
  /** Something shows it; the answer ends that. */
  hold(message: FileMessage): () => void;
  /** Opens it. `first`: somebody waits for it. */
  open(message: FileMessage, first?: boolean): void;
  /** It is out of sight: not begun yet, it is not begun. */
  leave(message: FileMessage): void;
  /** Its own file, which was just sent. */
  put(
    id: MessageId,
    content: { readonly parts: readonly BlobPart[]; readonly type: string; readonly size: number },
  ): void;
  /** Resolves to its address; rejects with why there is none. */
  address(message: FileMessage): Promise<string>;
  /** Messages that are not there any more: nothing of their files stays. */
  forget(ids: Iterable<MessageId>): void;
}

/** How files are read, and how the page gives them an address. */
export interface Opener {
  bytes(message: FileMessage, signal: AbortSignal): AsyncIterable<Uint8Array>;
  give(parts: readonly BlobPart[], type: string): string;
  take(address: string): void;
}

interface Entry {
  readonly model: Model<Opening>;
  readonly stop: AbortController;
  users: number;
  size: number;
  /** Somebody waits for it, wherever it is. */
  asked: boolean;
}

const closed: Opening = { state: 'closed' };

/** Of one page. */
export function createOpenedFiles(opener: Opener): OpenedFiles {
  /** In the order of their use, the last one last. */
  const entries = new Map<MessageId, Entry>();
  const queue: FileMessage[] = [];
  let running = 0;

  const entryOf = (id: MessageId): Entry => {
    const entry = entries.get(id) ?? newEntry();
    entries.delete(id);
    entries.set(id, entry);
    return entry;
  };
  const drop = (id: MessageId) => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    entry.stop.abort();
    const { snapshot } = entry.model;
    if (snapshot.state === 'open') opener.take(snapshot.address);
    entry.model.set(closed);
  };
  /** Those that nothing shows go first to last, until the others fit. */
  const makeRoom = () => {
    let [count, bytes] = [entries.size, 0];
    for (const { size } of entries.values()) bytes += size;
    for (const [id, { users, size, model }] of [...entries]) {
      if (count <= maxKeptFiles && bytes <= maxKeptBytes) return;
      if (users > 0 || model.snapshot.state === 'opening') continue;
      drop(id);
      count--;
      bytes -= size;
    }
  };
  const read = async (message: FileMessage, entry: Entry) => {
    const parts: BlobPart[] = [];
    let bytes = 0;
    entry.model.set({ state: 'opening', bytes });
    for await (const part of opener.bytes(message, entry.stop.signal)) {
      parts.push(part as Uint8Array<ArrayBuffer>);
      bytes += part.length;
      entry.model.set({ state: 'opening', bytes });
    }
    entry.stop.signal.throwIfAborted();
    entry.size = bytes;
    entry.model.set({ state: 'open', address: opener.give(parts, passiveType(message.file.mediaType)) });
    makeRoom();
  };
  const proceed = () => {
    const message = running < maxOpenings ? queue.shift() : undefined;
    if (message === undefined) return;
    const entry = entryOf(message.id);
    running++;
    const ended = read(message, entry).catch((error: unknown) => {
      const code = (error as { code?: string }).code ?? '';
      if (!entry.stop.signal.aborted) entry.model.set({ state: 'failed', code });
    });
    inBackground(
      ended.then(() => {
        running--;
        entry.asked = false;
        proceed();
      }),
    );
    proceed();
  };
  const unqueue = (id: MessageId) => {
    const at = queue.findIndex((message) => message.id === id);
    if (at >= 0) queue.splice(at, 1);
  };
  const open = (message: FileMessage, first = false) => {
    const entry = entryOf(message.id);
    const { state } = entry.model.snapshot;
    if (state === 'opening' || state === 'open' || message.seq === null) return;
    unqueue(message.id);
    entry.asked ||= first;
    if (first) queue.unshift(message);
    else queue.push(message);
    proceed();
  };

  return {
    of: ({ id }) => entryOf(id).model,
    hold: ({ id }) => {
      const entry = entryOf(id);
      entry.users++;
      return () => {
        entry.users--;
        makeRoom();
      };
    },
    open,
    leave: ({ id }) => {
      if (entries.get(id)?.asked !== true) unqueue(id);
    },
    put: (id, { parts, type, size }) => {
      const entry = entryOf(id);
      if (entry.model.snapshot.state !== 'closed') return;
      entry.size = size;
      entry.model.set({ state: 'open', address: opener.give(parts, passiveType(type)) });
      makeRoom();
    },
    address: async (message) => {
      const { model } = entryOf(message.id);
      if (model.snapshot.state === 'failed') model.set(closed);
      if (model.snapshot.state === 'closed' && message.seq === null)
        throw Object.assign(new Error('it has no place yet'), { code: 'client.unreachable' });
      open(message, true);
      return settled(model);
    },
    forget: (ids) => {
      for (const id of ids) {
        unqueue(id);
        drop(id);
      }
    },
  };
}

function newEntry(): Entry {
  return { model: new Model(closed), stop: new AbortController(), users: 0, size: 0, asked: false };
}

function settled(model: Model<Opening>): Promise<string> {
  return new Promise((resolve, reject) => {
    let begun = model.snapshot.state !== 'closed';
    const look = () => {
      const { snapshot } = model;
      begun ||= snapshot.state === 'opening';
      if (snapshot.state === 'opening' || (snapshot.state === 'closed' && !begun)) return;
      stop();
      if (snapshot.state === 'open') resolve(snapshot.address);
      else reject(Object.assign(new Error('not opened'), { code: snapshot.state === 'failed' ? snapshot.code : '' }));
    };
    const stop = model.subscribe(look);
    look();
  });
}
