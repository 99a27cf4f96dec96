// Has a message what its kind and format need, and nothing that does not belong there? Pure. What is refused here names
// the field and what it takes, since nobody can guess it.
import { type ErrorCode, type FramesUp, isSettingKey, limits as wire } from '@parley/protocol';
import type { Session } from '../kernel/frame-handlers.ts';
import { type Result, refuse } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import type { ConversationRow } from '../store/store.ts';
import { isSealed } from './sealed.ts';
import { unmetValue } from './setting-values.ts';

type Frame = FramesUp['message'];

/** Why something is not taken, with its details. */
export type Refusal = Extract<Result<never, ErrorCode>, { readonly ok: false }>;

/** Why this conversation does not take a message of this shape; null: it does. [SND5] [SND112] */
export function shapeRefusal(
  session: Session,
  frame: Frame,
  state: Pick<ConversationRow, 'kind'>,
  now: number,
): Refusal | null {
  switch (frame.kind ?? 'content') {
    case 'content':
    case 'quiet':
      return state.kind === 'account' ? refuse('conversation.read_only') : contentRefusal(frame, state);
    case 'delete':
      return frame.targets === undefined ? invalid('/targets', 'the seqs of a message and of its edits') : null;
    case 'timer':
      return timerRefusal(frame);
    case 'setting':
      return settingRefusal(session, frame, now);
  }
}

function invalid(path: string, detail: string): Refusal {
  return refuse('frame.invalid', { path, detail });
}

function timerRefusal({ seconds }: Frame): Refusal | null {
  const isLifetime = seconds === 0 || (seconds !== undefined && seconds >= wire.minTimerSeconds);
  return isLifetime ? null : invalid('/seconds', `0, or ${wire.minTimerSeconds} to ${wire.maxTimerSeconds}`);
}

function settingRefusal(session: Session, { conversation_id, key, value }: Frame, now: number): Refusal | null {
  const wrong = (path: string, detail: string) => refuse('setting.invalid', { path, detail });
  if (conversation_id !== accountLog(session.account))
    return wrong('/conversation_id', 'settings stand in the own account log, `account_log` of `GET /v1/me`');
  if (key === undefined || !isSettingKey(key)) return wrong('/key', settingKeys);
  const unmet = value === undefined ? 'a text; an empty one removes the setting' : unmetValue(key, value, now);
  return unmet === null ? null : wrong('/value', unmet);
}

const settingKeys =
  'privacy/presence, privacy/read_receipts, privacy/add, block/ACCOUNT, mute|archive|top|draft|clear|state/CONVERSATION, ' +
  'star|hide/CONVERSATION/SEQ, or own/ and up to 100 of a-z 0-9 _ . / -';

/** Nothing is sealed in rooms, which anybody may read; everywhere else everything is, and says for whom. */
function contentRefusal(frame: Frame, { kind }: Pick<ConversationRow, 'kind'>): Refusal | null {
  const { content = '', format, member_n, keys_n, blobs } = frame;
  const hasFiles = blobs !== undefined && blobs.length > 0;
  if (hasFiles && frame.kind === 'quiet') return invalid('/blobs', 'only messages of kind content carry files');
  if (content === '') return invalid('/content', 'a text that is not empty');
  if (hasFiles && kind === 'room') return refuse('blob.room');
  if (isTooLarge(frame)) return refuse('message.too_large');
  if (format !== 'sealed') return kind === 'room' ? null : refuse('message.encrypted_only');
  if (kind === 'room') return invalid('/format', 'text or body: nothing is sealed in a room');
  // Without both nobody could say that it was sealed for members or devices of before.
  if (member_n === undefined) return invalid('/member_n', 'needed with format sealed');
  if (keys_n === undefined) return invalid('/keys_n', 'needed with format sealed');
  return isSealed(content) ? null : invalid('/content', sealedForm);
}

const sealedForm =
  '`1.`, 43 characters of base64, `.`, and a Megolm message of version 3 in base64 without padding, at least 93 bytes';

function isTooLarge({ content = '', format = 'text' }: Frame): boolean {
  if (format === 'text' && content.length > wire.maxTextCharacters) return true;
  const most = format === 'text' ? wire.maxTextBytes : wire.maxContentBytes;
  return content.length * 3 > most && Buffer.byteLength(content) > most;
}
