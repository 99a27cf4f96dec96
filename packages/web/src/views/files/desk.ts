// What the files of one client have in common on this page: what is chosen, on its way, opened and looked at. Leaving a chat
// ends none of it; closing the page while something is on its way asks first.
import type { ConversationId, MessageId } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { inBackground } from '../../view-models/background.ts';
import { maxChosen } from '../../view-models/file-limits.ts';
import { Model } from '../../view-models/model.ts';
import { createOpenedFiles, type FileMessage, type OpenedFiles } from '../../view-models/opened-files.ts';
import { createUploads, type Uploads } from '../../view-models/uploads.ts';
import { type Chosen, lookAt } from './chosen.ts';

/** What the sheet shows before sending; `looking`: there is more to come. */
export interface Choosing {
  readonly conversation: ConversationId;
  readonly chosen: readonly Chosen[];
  readonly problems: readonly string[];
  readonly looking: boolean;
}

export interface Desk {
  readonly opened: OpenedFiles;
  readonly choosing: Model<Choosing | null>;
  /** The picture that is looked at. */
  readonly viewing: Model<MessageId | null>;
  uploads(conversation: Conversation): Uploads;
  choose(conversation: ConversationId, files: readonly File[]): void;
  remove(chosen: Chosen): void;
  /** Ends choosing. */
  done(): void;
}

const desks = new WeakMap<Client, Desk>();

/** The one of this client. */
export function deskOf(client: Client): Desk {
  const desk = desks.get(client) ?? createDesk(client);
  desks.set(client, desk);
  return desk;
}

function createDesk(client: Client): Desk {
  const opened = createOpenedFiles({
    bytes: (message, signal) => bytesOf(client, message, signal),
    give: (parts, type) => URL.createObjectURL(new Blob([...parts], { type })),
    take: (address) => URL.revokeObjectURL(address),
  });
  return { opened, viewing: new Model<MessageId | null>(null), ...choosingOf(), uploads: uploadsOf(opened) };
}

async function* bytesOf(client: Client, { conversation, seq }: FileMessage, signal: AbortSignal) {
  const of = client.conversation(conversation);
  if (of === null || seq === null) throw Object.assign(new Error('it has no place'), { code: 'blob.unknown' });
  yield* of.openFile(seq, { signal });
}

function choosingOf(): Pick<Desk, 'choosing' | 'choose' | 'remove' | 'done'> {
  const choosing = new Model<Choosing | null>(null);
  let made = 0;
  const look = async (conversation: ConversationId, files: readonly File[]) => {
    const before = choosing.snapshot ?? { conversation, chosen: [], problems: [], looking: true };
    choosing.set({ ...before, looking: true });
    const free = maxChosen - before.chosen.length;
    const { chosen, problems } = await lookAt(files, free, () => ++made);
    const { snapshot } = choosing;
    // The sheet was closed meanwhile.
    if (snapshot?.conversation !== conversation) return letGo(chosen);
    choosing.set({
      conversation,
      chosen: [...snapshot.chosen, ...chosen],
      problems: [...snapshot.problems, ...problems],
      looking: false,
    });
  };
  return {
    choosing,
    choose: (conversation, files) => {
      if (files.length > 0 && choosing.snapshot?.looking !== true) inBackground(look(conversation, files));
    },
    remove: (one) => {
      const { snapshot } = choosing;
      if (snapshot === null) return;
      letGo([one]);
      const chosen = snapshot.chosen.filter(({ id }) => id !== one.id);
      choosing.set(chosen.length === 0 ? null : { ...snapshot, chosen });
    },
    done: () => {
      letGo(choosing.snapshot?.chosen ?? []);
      choosing.set(null);
    },
  };
}

function letGo(chosen: readonly Chosen[]): void {
  for (const { preview } of chosen) if (preview !== null) URL.revokeObjectURL(preview);
}

function uploadsOf(opened: OpenedFiles): Desk['uploads'] {
  const all = new Map<ConversationId, Uploads>();
  let warns = false;
  const warn = () => {
    const busy = [...all.values()].some(({ snapshot }) => snapshot.length > 0);
    if (busy === warns) return;
    warns = busy;
    if (busy) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  };
  return (conversation) => {
    const known = all.get(conversation.id);
    if (known !== undefined) return known;
    const uploads = createUploads(conversation, (id, { content, file }) =>
      opened.put(id, { parts: [content], type: file.mediaType, size: content.size }),
    );
    uploads.subscribe(warn);
    all.set(conversation.id, uploads);
    return uploads;
  };
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
