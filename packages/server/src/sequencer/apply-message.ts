// What a message does: may its sender speak here, what does its kind change beside taking a place. Pure; a code
// means that it is rejected. It must never look into the content.
import type { AccountId, ErrorCode, Role } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import type { ConversationRow } from '../store/store.ts';
import { applyDelete } from './apply-delete.ts';
import { extendTail, place } from './place.ts';
import type { MessageRecord } from './record.ts';
import { isAdmin, roleOf } from './roles.ts';
import type { Effects, View } from './view.ts';

/** The effects of a message, or why it is rejected. */
export function applyMessage(view: View, entry: Entry, record: MessageRecord): Effects | ErrorCode {
  const state = view.conversation(record.conversation);
  if (state === undefined) return 'conversation.denied';
  const role = roleOf(view, state, record.sender);
  if (role === null) return 'conversation.denied';
  if ((state.kind === 'account') !== (record.kind === 'setting')) return misplaced(record);
  switch (record.kind) {
    case 'content':
      if (isRequestFull(state, record.sender)) return 'request.limit';
      return place(view.logId, entry, record, spoken(state, record), record);
    case 'quiet':
      return place(view.logId, entry, record, state, record);
    case 'delete':
      return applyDelete(view, entry, record, { state, role });
    case 'timer':
      return applyTimer(view, entry, record, { state, role });
    case 'setting':
      return applySetting(view, entry, record, state);
  }
}

function misplaced(record: MessageRecord): ErrorCode {
  return record.kind === 'setting' ? 'setting.invalid' : 'conversation.read_only';
}

/** Whoever asks to be let in says so many texts, and then waits. The gateway asks the same of older rows, for less. */
function isRequestFull(state: ConversationRow, sender: AccountId): boolean {
  if (state.kind !== 'direct' || state.accepted || state.requestedBy !== sender) return false;
  return state.ord >= limits.requestTexts;
}

/**
 * In a direct conversation speaking has consequences: an answer accepts a request, and two who have written to each
 * other in an accepted one are contacts. What the other side never gets does not count.
 */
function spoken(state: ConversationRow, record: MessageRecord): ConversationRow {
  if (state.kind !== 'direct' || (state.accepted && state.contact) || state.memberCount < 2) return state;
  if (record.hiddenFrom.length > 0) return state;
  const accepted = state.accepted || record.sender !== state.requestedBy;
  const wrote = state.wrote.includes(record.sender) ? state.wrote : [...state.wrote, record.sender];
  const contact = accepted && wrote.length === 2;
  if (accepted === state.accepted && wrote === state.wrote && contact === state.contact) return state;
  return { ...state, accepted, wrote: contact ? [] : wrote, contact };
}

interface Stand {
  readonly state: ConversationRow;
  readonly role: Role;
}

function applyTimer(view: View, entry: Entry, record: MessageRecord, { state, role }: Stand): Effects | ErrorCode {
  if (state.kind !== 'direct' && !isAdmin(role)) return 'conversation.role';
  const { seconds } = record;
  if (seconds !== 0 && (seconds < limits.minTimerSeconds || seconds > limits.maxTimerSeconds)) return 'frame.invalid';
  const tail = extendTail(record.tail, `"seconds":${seconds}`);
  return place(view.logId, entry, record, { ...state, timerSeconds: seconds }, { kind: 'timer', tail });
}

function applySetting(view: View, entry: Entry, record: MessageRecord, state: ConversationRow): Effects | ErrorCode {
  const { key, value } = record;
  if (key.length === 0 || key.length > limits.maxSettingKeyCharacters) return 'setting.invalid';
  const tail = extendTail(record.tail, `"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}`);
  const row = { account: record.sender, key, value, seq: state.seq + 1 };
  return place(view.logId, entry, record, state, { kind: 'setting', tail }, { others: [{ table: 'settings', row }] });
}
