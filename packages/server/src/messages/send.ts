// Hop 4, the life of a message: may this device speak here? Then the record is built and appended; durable means one
// tick. For a conversation at hand nothing waits before the append, so the order of a socket is the order of the log.
import {
  type AccountId,
  type BlobId,
  type ConversationId,
  type ErrorCode,
  type FramesUp,
  type MessageId,
  uuid7FromBytes,
  uuid7Time,
  limits as wire,
} from '@parley/protocol';
import type { Session } from '../kernel/frame-handlers.ts';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import { partitionOf } from '../log/partitions.ts';
import type { MessageRecord } from '../sequencer/record.ts';
import { encodeMessage } from '../sequencer/record-codec.ts';
import type { ConversationRow } from '../store/store.ts';
import { peerOf, standingOf } from './access.ts';
import { type Refusal, shapeRefusal } from './message-shape.ts';
import { denied, type MessagesParts } from './parts.ts';
import { isClearKey } from './setting-values.ts';
import type { Settings } from './settings.ts';
import { clampedTimestamp } from './timestamp.ts';

type Frame = FramesUp['message'];
type Carrying = Frame & { readonly id: MessageId; readonly blobs: readonly BlobId[] };
type SendParts = Pick<MessagesParts, 'log' | 'sequencer' | 'clock' | 'random' | 'deviceEnds' | 'files'>;

const nobody: readonly AccountId[] = Object.freeze([]);
const noTargets: readonly number[] = Object.freeze([]);

/** The use case behind the `message` frame. */
export function createSend(parts: SendParts, settings: Settings) {
  const { log, sequencer, clock, random, deviceEnds, files } = parts;
  const { rows } = sequencer;

  return async function send(
    session: Session,
    frame: Frame,
    ordered: () => void,
    isHeld?: () => boolean,
  ): Promise<Result<{ readonly id: string }, ErrorCode>> {
    if (!sequencer.accepting) throw new Unavailable('records are not taken now');
    const ground =
      atHand(session.account, frame.conversation_id) ?? (await lookUp(session.account, frame.conversation_id));
    const now = clock.now();
    const id = frame.id ?? uuid7FromBytes(now, random.bytes(10));
    const early = typeof ground === 'string' ? refuse(ground) : refusalOf(session, frame, ground.state, { now, id });
    const later =
      early !== null || typeof ground === 'string' ? early : laterRefusal(session, { ...frame, id }, ground.state);
    const refused = later instanceof Promise ? await later : later;
    const refusal = typeof refused === 'string' ? refuse(refused) : refused;
    if (refusal !== null && !(await hasVerdict(session.account, frame))) return refusal;
    const hiddenFrom = typeof ground === 'string' ? nobody : ground.hiddenFrom;
    const isClear = refusal === null && frame.kind === 'setting' && isClearKey(frame.key ?? '');
    const said = isClear ? await cleared(session.account, frame) : frame;
    if (isHeld?.() === true) return refuse('message.out_of_order');
    const record = recordOf(session, said, { now, id, hiddenFrom });
    const appended = log.append(
      partitionOf(record.conversation, log),
      encodeMessage(record, tailOf(session, frame, now)),
    );
    ordered();
    await appended;
    return ok({ id });
  };

  /** What is known at once but for very many settings, and for keys that were looked at long ago. */
  function laterRefusal(
    { account }: Session,
    frame: Frame & { readonly id: MessageId },
    { members, seq }: ConversationRow,
  ): ErrorCode | null | Promise<ErrorCode | null> {
    const { kind, key = '', value = '', format, keys_n: keysN, blobs } = frame;
    if (kind === 'setting') {
      const room = settings.hasRoom(account, { key, value }, seq);
      if (typeof room === 'boolean') return room ? null : 'setting.too_many';
      return room.then((has) => (has ? null : 'setting.too_many'));
    }
    if (format !== 'sealed' || keysN === undefined || members === null) return null;
    if (blobs !== undefined && blobs.length > 0) return fileRefusal(account, { ...frame, blobs }, members);
    const ended = deviceEnds.peekEnded(members, keysN);
    if (ended !== undefined) return ended ? 'devices.stale' : null;
    return deviceEnds.endedSince(members, keysN).then((has) => (has ? 'devices.stale' : null));
  }

  /** Files must have been put for this very message. */
  async function fileRefusal(
    account: AccountId,
    { id, conversation_id: conversation, keys_n: keysN = 0, blobs }: Carrying,
    members: NonNullable<ConversationRow['members']>,
  ): Promise<ErrorCode | null> {
    if (!(await files.arePlaced({ conversation, account, message: id }, blobs))) return 'blob.unknown';
    return (await deviceEnds.endedSince(members, keysN)) ? 'devices.stale' : null;
  }

  /** Another own device may have cleared more: the record says what holds then. */
  async function cleared(account: AccountId, frame: Frame): Promise<Frame> {
    return { ...frame, value: await settings.cleared(account, frame.key ?? '', frame.value ?? '') };
  }

  /** Was it sent before, and decided? Then its sender hears that again, whatever has changed since. */
  async function hasVerdict(account: AccountId, { id, conversation_id: conversation }: Frame): Promise<boolean> {
    return id !== undefined && (await rows.get('ids', [conversation, account, id])) !== undefined;
  }

  /** For a member of a conversation in memory nothing is waited for. */
  function atHand(account: AccountId, conversation: ConversationId): Ground | undefined {
    const state = rows.conversation(conversation);
    if (state === undefined || state.members?.has(account) !== true) return undefined;
    const peer = peerOf(state, account);
    if (peer === null) return { state, hiddenFrom: nobody };
    const others = settings.peek(peer);
    return others === undefined ? undefined : { state, hiddenFrom: others.blocked.has(account) ? [peer] : nobody };
  }

  /** What has to be asked of the store: the state, a seat in a room, the other's blocks. */
  async function lookUp(account: AccountId, conversation: ConversationId): Promise<Ground | ErrorCode> {
    const standing = await standingOf(rows, conversation, account);
    if (standing === null) return denied;
    const { state, role } = standing;
    if (role === null) return state.members === null ? denied : 'conversation.read_only';
    const peer = peerOf(state, account);
    const isBlocked = peer !== null && (await settings.of(peer)).blocked.has(account);
    return { state, hiddenFrom: isBlocked ? [peer] : nobody };
  }
}

/** Where somebody who may speak stands. */
interface Ground {
  readonly state: ConversationRow;
  /** In a direct conversation: the other, when it has blocked the sender. */
  readonly hiddenFrom: readonly AccountId[];
}

function refusalOf(
  session: Session,
  frame: Frame,
  state: ConversationRow,
  made: { readonly now: number; readonly id: MessageId },
): Refusal | null {
  if (uuid7Time(made.id) < made.now - wire.maxMessageIdAgeMs) return refuse('message.too_old');
  if (frame.member_n !== undefined && frame.member_n < state.memberN) return refuse('members.stale');
  return shapeRefusal(session, frame, state, made.now) ?? requestRefusal(session, frame, state);
}

/** Before a stranger has accepted: three texts of 4 kB, nothing else. */
function requestRefusal({ account }: Session, frame: Frame, state: ConversationRow): Refusal | null {
  if (state.kind !== 'direct' || state.accepted || state.requestedBy !== account) return null;
  const most = frame.format === 'sealed' ? wire.requestSealedBytes : wire.requestTextBytes;
  const isText = (frame.kind ?? 'content') === 'content' && (frame.blobs ?? []).length === 0;
  const isWithin = state.ord < wire.requestTexts && Buffer.byteLength(frame.content ?? '') <= most;
  return isText && isWithin ? null : refuse('request.limit');
}

function recordOf(
  session: Session,
  frame: Frame,
  made: { readonly now: number; readonly id: MessageId; readonly hiddenFrom: readonly AccountId[] },
): Omit<MessageRecord, 'tail'> {
  return {
    type: 'message',
    kind: frame.kind ?? 'content',
    conversation: frame.conversation_id,
    sender: session.account,
    id: made.id,
    lamport: frame.lamport ?? 0,
    stamp: made.now,
    first: frame.first === true && frame.id !== undefined,
    hiddenFrom: made.hiddenFrom,
    targets: frame.targets ?? noTargets,
    seconds: frame.seconds ?? 0,
    key: frame.key ?? '',
    value: frame.value ?? '',
  };
}

/** The part of the envelope that nobody on the way looks into again: known fields only. */
function tailOf(session: Session, frame: Frame, now: number): string {
  let tail = `"device":"${session.device}","timestamp":"${clampedTimestamp(frame.timestamp, now)}"`;
  if (frame.content !== undefined) tail += `,"content":${JSON.stringify(frame.content)}`;
  if (frame.format !== undefined) tail += `,"format":"${frame.format}"`;
  if (frame.mentions !== undefined && frame.mentions.length > 0)
    tail += `,"mentions":${JSON.stringify(frame.mentions)}`;
  if (frame.blobs !== undefined && frame.blobs.length > 0) tail += `,"blobs":${JSON.stringify(frame.blobs)}`;
  return tail;
}
