// The two unions: what goes up and what comes down. The tables drive validation, handlers and documents.
import type { Static } from 'typebox';
import { Notice } from './account.ts';
import { Changes } from './conversation.ts';
import { ErrorFrame, Goaway, HeartbeatDown, HeartbeatUp, Hello, Welcome } from './hello.ts';
import { KeysHint, ToDevice, ToDeviceReceived } from './key.ts';
import { Envelope, Messages, Rejected, SendMessage, Sent, SyncRequest } from './message.ts';
import { Presence, Watch } from './presence.ts';
import { Read, Receipt, Received } from './receipt.ts';
import { TypingDown, TypingUp } from './typing.ts';

/** Client to server, by `type`. */
export const framesUp = {
  hello: Hello,
  message: SendMessage,
  received: Received,
  read: Read,
  typing: TypingUp,
  watch: Watch,
  sync: SyncRequest,
  to_device_received: ToDeviceReceived,
  heartbeat: HeartbeatUp,
} as const;

/** Server to client, by `type`. */
export const framesDown = {
  welcome: Welcome,
  message: Envelope,
  sent: Sent,
  rejected: Rejected,
  receipt: Receipt,
  typing: TypingDown,
  presence: Presence,
  messages: Messages,
  changes: Changes,
  to_device: ToDevice,
  keys: KeysHint,
  notice: Notice,
  heartbeat: HeartbeatDown,
  goaway: Goaway,
  error: ErrorFrame,
} as const;

export type FrameUpType = keyof typeof framesUp;
export type FrameDownType = keyof typeof framesDown;
export type FramesUp = { readonly [K in FrameUpType]: Static<(typeof framesUp)[K]> };
export type FramesDown = { readonly [K in FrameDownType]: Static<(typeof framesDown)[K]> };
/** Any frame that a client sends. */
export type FrameUp = FramesUp[FrameUpType];
/** Any frame that a server sends. */
export type FrameDown = FramesDown[FrameDownType];
