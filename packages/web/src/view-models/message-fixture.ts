// A message view for tests, with the fields that a test does not care about filled in.
import type { MessageView } from '@parley/sdk';

/** A received text with these fields changed. */
export function messageView(fields: Partial<MessageView>): MessageView {
  const seq = fields.seq ?? 1;
  return {
    id: `m${seq}` as MessageView['id'],
    conversation: 'c' as MessageView['conversation'],
    seq,
    sender: 'ana' as MessageView['sender'],
    own: false,
    type: 'text',
    text: 'hello',
    state: 'received',
    error: null,
    unsettled: false,
    timestamp: 1_000,
    storedAt: 1_000,
    expiresAt: null,
    edited: false,
    tooLate: false,
    reactions: [],
    replyTo: null,
    mentions: [],
    mentionsMe: false,
    forwarded: 0,
    starred: false,
    pinned: false,
    poll: null,
    contact: null,
    file: null,
    change: null,
    shared: null,
    timerSeconds: null,
    unreadable: null,
    onlyHere: false,
    ...fields,
  };
}
