// The gateway's own frames: one tick, refusals, welcome. The frequent one is built by concatenation.
import {
  type ConversationId,
  type ErrorCode,
  type ErrorFrame,
  errors,
  type FramesUp,
  limits,
  protocolVersion,
  type Welcome,
} from '@parley/protocol';
import type { Identity } from './identity.ts';
import { type Framed, framedText } from './wire.ts';

const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** One tick. Text when it is ASCII, as it nearly always is. */
export function sent(ref: string | undefined, id: string, conversation: ConversationId): string | Framed {
  const tail = `"id":"${id}","conversation_id":"${conversation}"}`;
  if (ref === undefined) return `{"type":"sent",${tail}`;
  if (plain.test(ref)) return `{"type":"sent","ref":"${ref}",${tail}`;
  return framedText(`{"type":"sent","ref":${JSON.stringify(ref)},${tail}`);
}

/** What a refusal refers to. */
export interface Refused {
  readonly ref?: string | undefined;
  readonly id?: string | undefined;
}

/** A refusal. Of the details only those that the protocol knows are sent. */
export function refusal(code: ErrorCode, refused: Refused, details?: Readonly<Record<string, unknown>>): Framed {
  const frame: ErrorFrame = {
    type: 'error',
    ...(refused.ref === undefined ? {} : { ref: refused.ref }),
    ...(refused.id === undefined ? {} : { id: refused.id }),
    code,
    advice: errors[code].advice,
    ...knownDetails(details),
  };
  return framedText(JSON.stringify(frame));
}

/** The details of a refusal that go over the wire, in frames and problems alike. */
export function knownDetails(details: Readonly<Record<string, unknown>> = {}): {
  readonly detail?: string;
  readonly path?: string;
  readonly retry_after_ms?: number;
} {
  const { detail, path, retry_after_ms } = details;
  return {
    ...(typeof detail === 'string' ? { detail: detail.slice(0, 300) } : {}),
    ...(typeof path === 'string' ? { path: path.slice(0, 200) } : {}),
    ...(typeof retry_after_ms === 'number' ? { retry_after_ms: Math.max(0, Math.ceil(retry_after_ms)) } : {}),
  };
}

/** What a frame refers to, for the refusal of it. */
export function refers(frame: FramesUp[keyof FramesUp]): Refused {
  return { ref: 'ref' in frame ? frame.ref : undefined, id: 'id' in frame ? frame.id : undefined };
}

/** What the server says of itself to every socket. */
export interface ServerFacts {
  readonly logId: string;
  readonly epoch: number;
  /** Where the list of key changes ends. */
  readonly keysN: number;
}

/** The connection is acknowledged. */
export function welcome(identity: Identity, protocol: number, server: ServerFacts, now: number): Framed {
  const frame: Welcome = {
    type: 'welcome',
    protocol: Math.min(protocol, protocolVersion),
    account: identity.account,
    device: identity.device,
    handle: identity.handle,
    log_id: server.logId,
    epoch: server.epoch,
    server_time: new Date(now).toISOString(),
    keys_n: server.keysN,
    heartbeat_ms: limits.heartbeatMs,
    limits: {
      frame_bytes: limits.maxFrameBytes,
      content_bytes: limits.maxContentBytes,
      text_characters: limits.maxTextCharacters,
      page_items: limits.maxPageItems,
    },
  };
  return framedText(JSON.stringify(frame));
}

/** The server is there, and this is how far the account's changes have got. */
export function heartbeat(change: string, now: number): Framed {
  return framedText(JSON.stringify({ type: 'heartbeat', change, server_time: new Date(now).toISOString() }));
}

/** The server is about to go. */
export function goaway(reconnectInMs: number): Framed {
  return framedText(JSON.stringify({ type: 'goaway', reconnect_in_ms: reconnectInMs }));
}
