// Who leads a group decides which picture it has: a device that has not read that list yet does so before it says anything.
import type { Conversation } from '@parley/sdk';

/** Resolves when these lists are here, or cannot be had: then no picture is spoken of. */
export async function leadersKnown(conversations: readonly Conversation[]): Promise<void> {
  const missing = conversations.filter(
    ({ snapshot, members }) => snapshot.kind === 'group' && !members.snapshot.loaded,
  );
  await Promise.allSettled(missing.map(({ members }) => members.load()));
}
