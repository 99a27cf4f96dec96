// Setting and reading the picture of a group. Its code is fetched when the first one is wanted.
import type { StateBody } from '@parley/protocol';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { nextState } from './newcomers.ts';
import { pictureBody, pictureIn } from './picture.ts';
import type { Reader } from './reader.ts';
import type { ConversationView, GroupPicture } from './views.ts';

/** How the group stands with another picture, or with none. */
export function stateWithPicture(
  core: Core,
  { id, kind, role }: ConversationView,
  bytes: Uint8Array | null,
): StateBody {
  if (kind !== 'group') throw new ChatError('frame.invalid');
  if (role !== 'owner' && role !== 'admin') throw new ChatError('conversation.role');
  const state = nextState(core, id, { picture: bytes && pictureBody(bytes) });
  if (state === null) throw new ChatError('conversation.denied');
  return state;
}

/** The one that is shown, from its record. */
export async function pictureNow(reader: Reader, { id, picture: seq }: ConversationView): Promise<GroupPicture | null> {
  const body = seq === null ? null : (await reader.row(id, seq))?.body;
  return body?.type === 'state' && body.picture ? pictureIn(body.picture) : null;
}
