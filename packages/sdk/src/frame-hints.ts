// What a frame of the server means that is told and never kept: who types, who is there, what was changed elsewhere.
import type { FrameDown } from '@parley/protocol';
import type { Hint } from './replica.ts';
import { milliseconds } from './time.ts';

/** The hint for every client of a store. */
export function hintOf(frame: FrameDown & { readonly type: 'typing' | 'presence' | 'notice' }): Hint {
  switch (frame.type) {
    case 'typing':
      return { hint: 'typing', conversation: frame.conversation_id, account: frame.sender };
    case 'presence': {
      const lastSeenAt = frame.last_seen_at === undefined ? null : milliseconds(frame.last_seen_at);
      return { hint: 'presence', account: frame.account, presence: { state: frame.state, lastSeenAt } };
    }
    case 'notice':
      return { hint: 'notice', topic: frame.topic, account: frame.account ?? null };
  }
}
