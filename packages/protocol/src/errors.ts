// Every refusal, as data with an instruction. Clients act on `advice`, show by `code`, never parse text.

/** What the client does: `retry` the same later, `wait` as long as told, `fix` the request, `sign_in` again, `give_up`. */
export type Advice = 'retry' | 'wait' | 'fix' | 'sign_in' | 'give_up';

/** One refusal: advice, HTTP status, close code of the socket (null: it stays open), and what it means. */
export interface ErrorEntry {
  readonly advice: Advice;
  readonly status: number;
  readonly close: number | null;
  readonly title: string;
}

export const errors = {
  'frame.malformed': { advice: 'fix', status: 400, close: null, title: 'Not a JSON object.' },
  'frame.invalid': {
    advice: 'fix',
    status: 400,
    close: null,
    title: 'A field is missing, unknown or out of bounds; `path` names it.',
  },
  'frame.unknown': { advice: 'fix', status: 400, close: null, title: 'Unknown frame type.' },
  'frame.too_large': { advice: 'give_up', status: 413, close: 1009, title: 'The frame or body is too large.' },
  'frame.binary': { advice: 'fix', status: 400, close: 1003, title: 'This protocol speaks text frames.' },
  'connection.too_many': {
    advice: 'wait',
    status: 429,
    close: 1013,
    title: 'Too many connections from this address, or on this server.',
  },
  'frame.abuse': { advice: 'wait', status: 429, close: 4429, title: 'Too many frames.' },
  'frame.too_many_malformed': { advice: 'fix', status: 400, close: 4000, title: 'Too many malformed frames.' },
  'hello.missing': { advice: 'retry', status: 401, close: 4408, title: 'No hello in time.' },
  'hello.first': { advice: 'fix', status: 400, close: 1008, title: 'The first frame is `hello`.' },
  'hello.repeated': { advice: 'fix', status: 400, close: null, title: 'This socket has said hello already.' },
  'hello.unsupported': {
    advice: 'give_up',
    status: 400,
    close: 1008,
    title: 'This protocol version is not served. Update the client.',
  },
  'auth.required': { advice: 'sign_in', status: 401, close: 4401, title: 'Sign in first.' },
  'auth.refused': { advice: 'fix', status: 401, close: null, title: 'Handle or password is wrong.' },
  'auth.token_in_url': {
    advice: 'fix',
    status: 400,
    close: null,
    title: 'A token never goes into an address. Send it in a header or in `hello`, and replace this one.',
  },
  'auth.origin': { advice: 'give_up', status: 403, close: null, title: 'This site may not use the session.' },
  'device.revoked': { advice: 'sign_in', status: 401, close: 4401, title: 'This device was signed out.' },
  'device.replaced': { advice: 'give_up', status: 409, close: 4409, title: 'The same device connected again.' },
  'device.too_many': {
    advice: 'fix',
    status: 409,
    close: null,
    title: 'This account has eight devices. Sign one out first.',
  },
  'device.too_new': {
    advice: 'wait',
    status: 403,
    close: null,
    title: 'A new device does not sign out older ones on its first day. With the recovery key it does at once.',
  },
  'account.disabled': { advice: 'give_up', status: 401, close: 4401, title: 'This account is disabled.' },
  'account.unknown': { advice: 'give_up', status: 404, close: null, title: 'No such account here, or not for you.' },
  'account.guest': { advice: 'give_up', status: 403, close: null, title: 'Guests may only enter open rooms.' },
  'handle.taken': { advice: 'fix', status: 409, close: null, title: 'This handle is taken.' },
  'handle.invalid': {
    advice: 'fix',
    status: 400,
    close: null,
    title: 'A handle is 3 to 32 of a-z, 0-9, dot and underscore, and starts with a letter.',
  },
  'password.weak': {
    advice: 'fix',
    status: 400,
    close: null,
    title: 'This password is too short or too easy to guess; `detail` says why.',
  },
  'signup.closed': {
    advice: 'give_up',
    status: 403,
    close: null,
    title: 'This server takes no new accounts without an invitation.',
  },
  'invite.invalid': { advice: 'give_up', status: 404, close: null, title: 'This invitation is not valid (any more).' },
  'invite.too_many': { advice: 'fix', status: 409, close: null, title: 'Too many open invitations. Revoke one first.' },
  'setup.done': { advice: 'give_up', status: 404, close: null, title: 'This set-up link is not valid (any more).' },
  'admin.required': { advice: 'give_up', status: 403, close: null, title: 'Only an operator may do this.' },
  'conversation.denied': {
    advice: 'give_up',
    status: 404,
    close: null,
    title: 'No such conversation, or not for you.',
  },
  'conversation.read_only': { advice: 'give_up', status: 403, close: null, title: 'You may not write here.' },
  'conversation.role': { advice: 'give_up', status: 403, close: null, title: 'Your role here does not allow this.' },
  'conversation.full': {
    advice: 'give_up',
    status: 409,
    close: null,
    title: 'This conversation has as many members as it can.',
  },
  'conversation.too_many': {
    advice: 'fix',
    status: 409,
    close: null,
    title: 'You are in too many conversations. Leave one first.',
  },
  'conversation.exists': { advice: 'give_up', status: 409, close: null, title: 'This conversation exists already.' },
  'members.stale': { advice: 'retry', status: 409, close: null, title: 'Members changed. Read them again, then send.' },
  'members.conflict': { advice: 'fix', status: 409, close: null, title: 'The member is already so, or not here.' },
  'members.declined': {
    advice: 'give_up',
    status: 409,
    close: null,
    title: 'The answer today was no. Ask again tomorrow.',
  },
  'members.ask': { advice: 'fix', status: 409, close: null, title: 'Ask this person first.' },
  'members.unsigned': {
    advice: 'fix',
    status: 409,
    close: null,
    title: 'Who has an identity signs each change of the members of a group.',
  },
  'devices.stale': {
    advice: 'retry',
    status: 409,
    close: null,
    title: 'A device of a member was signed out. Read the keys again, then send.',
  },
  'keys.invalid': { advice: 'give_up', status: 400, close: null, title: 'These keys or signatures do not verify.' },
  'keys.changed': {
    advice: 'give_up',
    status: 409,
    close: null,
    title: 'This device has other keys already. A device never gets new ones: sign out, then in again.',
  },
  'keys.conflict': {
    advice: 'fix',
    status: 409,
    close: null,
    title: 'Another device was first. Read it, then try again.',
  },
  'keys.too_many': { advice: 'fix', status: 409, close: null, title: 'There are as many keys as there may be.' },
  'message.too_large': {
    advice: 'fix',
    status: 413,
    close: null,
    title: 'The message is too long. Send it as several.',
  },
  'message.out_of_order': {
    advice: 'retry',
    status: 409,
    close: null,
    title: 'An earlier message of this device must go first.',
  },
  'message.too_old': { advice: 'give_up', status: 400, close: null, title: 'This message id is older than 30 days.' },
  'message.encrypted_only': {
    advice: 'give_up',
    status: 400,
    close: null,
    title: 'Only encrypted messages are taken here.',
  },
  'message.unknown': { advice: 'give_up', status: 404, close: null, title: 'No such message, or not for you.' },
  'message.too_late': { advice: 'give_up', status: 409, close: null, title: 'It is too late for this.' },
  'blob.unknown': { advice: 'fix', status: 404, close: null, title: 'No such file, or not for you.' },
  'blob.taken': { advice: 'give_up', status: 409, close: null, title: 'Another file has this place already.' },
  'blob.damaged': { advice: 'retry', status: 400, close: null, title: 'The bytes were damaged on their way.' },
  'blob.too_large': { advice: 'fix', status: 413, close: null, title: 'The file is too large.' },
  'blob.quota': {
    advice: 'fix',
    status: 403,
    close: null,
    title: 'Your files fill the space that this server gives an account. Delete some first.',
  },
  'blob.range': { advice: 'fix', status: 416, close: null, title: 'The file ends before this range.' },
  'blob.room': { advice: 'give_up', status: 403, close: null, title: 'Files cannot be sent in rooms yet.' },
  'blob.none': { advice: 'give_up', status: 501, close: null, title: 'This server keeps no files.' },
  'request.limit': { advice: 'give_up', status: 403, close: null, title: 'Wait until they accept your request.' },
  'setting.invalid': {
    advice: 'fix',
    status: 400,
    close: null,
    title: 'Unknown setting or value out of bounds; `path` says which.',
  },
  'setting.too_many': {
    advice: 'fix',
    status: 409,
    close: null,
    title: 'This account has 10,000 settings (stars, mutes, drafts, blocks). Remove one first.',
  },
  'rate.limited': { advice: 'wait', status: 429, close: null, title: 'Too fast. Try again after the given time.' },
  'queue.full': { advice: 'wait', status: 429, close: null, title: 'Too many unanswered frames on this connection.' },
  'server.overloaded': { advice: 'wait', status: 503, close: 1013, title: 'The server is busy. Try again later.' },
  not_found: { advice: 'give_up', status: 404, close: null, title: 'There is nothing here.' },
  'method.not_allowed': { advice: 'fix', status: 405, close: null, title: 'This method is not served here.' },
  'media_type.unsupported': { advice: 'fix', status: 415, close: null, title: 'Send JSON.' },
  'idempotency.mismatch': {
    advice: 'fix',
    status: 422,
    close: null,
    title: 'This Idempotency-Key was used for another request.',
  },
  unavailable: { advice: 'retry', status: 503, close: null, title: 'Not possible right now. Nothing was lost.' },
  internal: { advice: 'retry', status: 500, close: 1011, title: 'A fault of ours. It was logged.' },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

/** The code of a refusal. */
export type ErrorCode = keyof typeof errors;

/** Is this text one of our codes? */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text);
}

/** What a close of the socket means and whether to connect again. */
export const closeCodes = {
  1001: { reconnect: true, title: 'Going away.' },
  1003: { reconnect: false, title: 'Binary frames are not spoken here.' },
  1008: { reconnect: false, title: 'Policy.' },
  1009: { reconnect: true, title: 'Too large; do not send that frame again.' },
  1011: { reconnect: true, title: 'A fault of ours.' },
  1012: { reconnect: true, title: 'Restarting.' },
  1013: { reconnect: true, title: 'Try later.' },
  4000: { reconnect: false, title: 'Too many malformed frames.' },
  4401: { reconnect: false, title: 'Not signed in, or signed out.' },
  4408: { reconnect: true, title: 'No hello in time.' },
  4409: { reconnect: false, title: 'Replaced by a newer connection of this device.' },
  4429: { reconnect: true, title: 'Abuse; wait a minute.' },
} as const satisfies Readonly<Record<number, { readonly reconnect: boolean; readonly title: string }>>;
