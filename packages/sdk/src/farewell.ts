// Before an account is deleted: it leaves every group, and says no to every invitation into one, by entries that it signs
// itself, so that nobody has to believe a server that it went. Whatever breaks off can be done again: who has gone from a
// group has gone. What cannot be signed is left to the server, whose word for it is believed, too. [MEM35]
import type { ConversationId } from '@parley/protocol';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import * as limits from './limits.ts';
import type { ListDeeds } from './list-deeds.ts';

type Way = 'leave' | 'decline';
type FarewellParts = Pick<Core, 'lists' | 'replica' | 'clock'>;

/** Deletes the account. Where it `signs`, it leaves groups first, and nothing with a password that is wrong. @throws {ChatError} */
export async function leaveServer(core: Core, password: string, signs: boolean): Promise<void> {
  const { rest } = core;
  if (signs) {
    await rest('confirmMe', { body: { password } });
    await leaveGroups(core);
  }
  await rest('deleteMe', { body: { password } });
}

/** Goes out of every group that this device knows. @throws {ChatError} the server cannot be reached */
export async function leaveGroups(core: FarewellParts): Promise<void> {
  const { lists, replica } = core;
  if (lists === null) return;
  const stays: (readonly [ConversationId, Way])[] = [];
  for (const [id, { server }] of replica.tables.conversations) {
    const { kind, role, membership } = server;
    if (kind !== 'group') continue;
    if (role !== undefined) stays.push([id, 'leave']);
    else if (membership === 'invited' || membership === 'waiting') stays.push([id, 'decline']);
  }
  for (let at = 0; at < stays.length; at += limits.leavesAtOnce)
    await Promise.all(stays.slice(at, at + limits.leavesAtOnce).map(([id, way]) => leave(core, lists, id, way)));
}

async function leave({ clock }: FarewellParts, lists: ListDeeds, id: ConversationId, way: Way): Promise<void> {
  for (let time = 1; ; time++) {
    try {
      return await (way === 'leave' ? lists.leave(id) : lists.decline(id));
    } catch (error) {
      if (!(error instanceof ChatError) || error.code.startsWith('client.')) throw error;
      // Refused: it is out already, or the server has to take it out.
      if (error.retryAfterMs === null || time === limits.maxFarewellTries) return;
      await new Promise<void>((resolve) => clock.after(error.retryAfterMs ?? 0, resolve));
    }
  }
}
