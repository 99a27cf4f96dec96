// How the keys of a profile stand, and what waits for them: a command must not end before its device has published its
// keys, must not write what it cannot seal, and waits a moment for the keys of what it shows. [ENC]
import type { Client, Conversation, EncryptionView, Live, MessageView } from '@parley/sdk';
import type { Context } from './context.ts';
import { Locked } from './exit-codes.ts';
import { writeProfile } from './profile.ts';

type Phase = EncryptionView['phase'];

/** How long a command waits for keys of messages that came just now, in milliseconds. */
const patienceMs = 3_000;

export const lockedAdvice =
  'This device cannot read your chats yet. With another device: parley devices link. With your recovery key: parley recover. With neither: parley start-over.';

/** The same, where somebody has just come in. */
export const waysToChats = `Get your chats here: this device cannot read them yet.
 - With another device of yours at hand: parley devices link (pictures on both) or parley devices link --code
 - With your recovery key: parley recover
 - With neither: parley start-over (old messages stay unreadable)`;

/** How they stand, once that is known; `opening` when the time is over before. */
export async function keysStand({ encryption }: Client, deadline: AbortSignal): Promise<Phase> {
  await settles(encryption, () => encryption.snapshot.phase !== 'opening', deadline);
  return encryption.snapshot.phase;
}

/** After a login: this device has keys, and the account has a place for its recovery key. */
export async function keysMade({ encryption }: Client, deadline: AbortSignal): Promise<Phase> {
  const done = () => encryption.snapshot.phase !== 'ready' || encryption.snapshot.recovery !== 'none';
  await settles(encryption, () => encryption.snapshot.phase !== 'opening' && done(), deadline);
  return encryption.snapshot.phase;
}

/** Another device can read what this one can, should this one be lost after the command. Not waited for for long. */
export async function keysSaved({ encryption }: Client, deadline: AbortSignal): Promise<void> {
  if (encryption.snapshot.phase !== 'ready') return;
  const late = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve()));
  // What could not be saved now is saved by the next command.
  await Promise.race([encryption.saved().catch(() => {}), late]);
}

/** @throws {Locked} what is written now could be sealed for nobody, or not for whom it is meant */
export async function mustSeal(client: Client, context: Context, to: Conversation | null = null): Promise<void> {
  const { kind = 'group', peer = null } = to?.snapshot ?? {};
  if (kind === 'room') return;
  const phase = await keysStand(client, context.deadline());
  if (phase === 'needs_linking') throw new Locked('encryption.needs_linking', lockedAdvice);
  if (phase !== 'ready' || peer === null) return;
  const { state } = await client.encryption.identity(peer);
  if (state !== 'left_out' && state !== 'none') return;
  const [person] = await client.people.load([peer]);
  const handle = person?.handle ?? peer;
  if (state === 'none') return context.note(`No device of @${handle} has keys yet. The message waits until one has.`);
  throw new Locked(
    'encryption.identity_changed',
    `@${handle} has another key than you compared, or were invited with. Nothing was sent. See "parley verify @${handle}".`,
  );
}

/** Says on standard error when nothing can be read here. */
export async function noteLocked(client: Client, context: Context): Promise<void> {
  if ((await keysStand(client, context.deadline())) === 'needs_linking') context.note(lockedAdvice);
}

/** The same messages, after their keys had a moment to come. */
export async function readable(
  client: Client,
  conversation: Conversation,
  { messages, timeout }: { readonly messages: readonly MessageView[]; readonly timeout: (ms: number) => AbortSignal },
): Promise<readonly MessageView[]> {
  const waiting = new Set(messages.filter(({ type }) => type === 'undecryptable').map(({ seq }) => seq));
  const newest = Math.max(...[...waiting].map((seq) => seq ?? 0));
  if (waiting.size === 0 || client.encryption.snapshot.phase === 'needs_linking') return messages;
  const deadline = timeout(patienceMs);
  const timeline = conversation.timeline({ at: newest });
  const isOpen = () => {
    const { items } = timeline.snapshot;
    return items.length > 0 && !items.some(({ seq, type }) => waiting.has(seq) && type === 'undecryptable');
  };
  await settles(timeline, isOpen, deadline);
  timeline.close();
  return Promise.all(
    messages.map(async (message) => {
      if (message.seq === null || !waiting.has(message.seq)) return message;
      return (await conversation.message(message.seq)) ?? message;
    }),
  );
}

/** Waits a moment until the newest messages of all chats can be read. */
export async function previewsReadable(client: Client, context: Context): Promise<void> {
  const { conversations, encryption } = client;
  const isOpen = () => !conversations.snapshot.some(({ last }) => last?.type === 'undecryptable');
  if (encryption.snapshot.phase !== 'needs_linking')
    await settles(conversations, isOpen, context.world.timeout(patienceMs));
}

/** Once for each profile, where a person looks: there is a recovery key to be written down. */
export async function offerRecoveryKey({ encryption }: Client, context: Context): Promise<void> {
  if (encryption.snapshot.recovery !== 'offered' || context.options.json || !context.terminal.interactive) return;
  const profile = await context.profile();
  if (profile.recoveryKeyOffered === true) return;
  context.note('Save your recovery key: parley recovery-key');
  await writeProfile(context.folder(), { ...profile, recoveryKeyOffered: true });
}

/** Resolves when it is so, or when the time is over. */
export function settles(
  live: Pick<Live<unknown>, 'subscribe'>,
  isSo: () => boolean,
  deadline: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo() && !deadline.aborted) return;
      stop();
      deadline.removeEventListener('abort', look);
      resolve();
    };
    const stop = live.subscribe(look);
    deadline.addEventListener('abort', look);
    look();
  });
}
