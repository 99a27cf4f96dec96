// How a socket begins, keeps alive and ends.
import Type, { type Static } from 'typebox';
import { AccountId, DeviceId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Ref, Text, Time } from './schema.ts';

/** Up: the first frame of a socket that was not authenticated by header or cookie; welcome on every socket. */
export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    protocol: Integer('Newest version that the client speaks; `welcome` says which one it will be.', 1, 1_000),
    token: Type.Optional(Text(128, 'Bearer token.', 1)),
    since: Type.Optional(Text(limits.maxSinceCharacters, 'From the last `changes`; absent for everything.')),
    client: Type.Optional(Text(64, 'Name and version, for the operator.')),
  },
  { $id: 'Hello' },
);
export type Hello = Static<typeof Hello>;

/** Down: the connection is acknowledged. `changes` follows. */
export const Welcome = Type.Object(
  {
    type: Type.Literal('welcome'),
    protocol: Integer('Version that the server will speak on this socket.', 1),
    account: AccountId,
    device: DeviceId,
    handle: Text(limits.maxHandleCharacters, 'Handle of the account.'),
    log_id: Text(64, 'Which log the seqs come from.'),
    epoch: Integer('Rises when the server is restored from a backup.', 1),
    server_time: Time('Clock of the server.'),
    keys_n: Type.Optional(Integer('Where the list of key changes ends now.')),
    heartbeat_ms: Integer('A `heartbeat` comes this often.', 1),
    limits: Type.Object({
      frame_bytes: Integer('Largest frame.'),
      content_bytes: Integer('Largest content.'),
      text_characters: Integer('Longest text.'),
      page_items: Integer('Most items a page.'),
    }),
  },
  { $id: 'Welcome' },
);
export type Welcome = Static<typeof Welcome>;

/** Down every `heartbeat_ms`; the client answers with its own. */
export const HeartbeatDown = Type.Object(
  {
    type: Type.Literal('heartbeat'),
    change: Text(
      limits.maxSinceCharacters,
      'Change counter of the account. Another than in the last heartbeat: `sync`.',
    ),
    server_time: Time('Clock of the server.'),
  },
  { $id: 'HeartbeatDown' },
);
export type HeartbeatDown = Static<typeof HeartbeatDown>;

/** Up: alive. */
export const HeartbeatUp = Type.Object({ type: Type.Literal('heartbeat') }, { $id: 'HeartbeatUp' });
export type HeartbeatUp = Static<typeof HeartbeatUp>;

/** Down: this server is about to go; come back after the given time, here or elsewhere. */
export const Goaway = Type.Object(
  { type: Type.Literal('goaway'), reconnect_in_ms: Integer('Wait this long.', 0, 60_000) },
  { $id: 'Goaway' },
);
export type Goaway = Static<typeof Goaway>;

/** Down: a refusal; the request with this `ref` (and message `id`) was not accepted. */
export const ErrorFrame = Type.Object(
  {
    type: Type.Literal('error'),
    ref: Type.Optional(Ref),
    id: Type.Optional(Text(64, 'Message id, when the refused frame had one.')),
    code: Text(64, 'Code from the error table.'),
    advice: Text(16, 'What to do: retry, wait, fix, sign_in, give_up.'),
    detail: Type.Optional(Text(300, 'For developers; never parse it.')),
    path: Type.Optional(Text(200, 'JSON pointer to the field.')),
    retry_after_ms: Type.Optional(Integer('With `wait`.')),
  },
  { $id: 'ErrorFrame' },
);
export type ErrorFrame = Static<typeof ErrorFrame>;
