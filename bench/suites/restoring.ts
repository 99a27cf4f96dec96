// Row 15: a new device takes its sessions from the backup as `BackupKeeper` does, page after page, opened and imported.
// What was said before must open on it afterwards. Most of the sessions are made up to have enough of them: their
// ratchets are random bytes, which nothing that takes a session in can tell.
import { randomBytes } from 'node:crypto';
import type { ConversationId, RouteResult } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { sealBackup } from '../../packages/sdk/src/crypto/backup-blob.ts';
import { BackupKeeper } from '../../packages/sdk/src/crypto/backup-keeper.ts';
import type { RoomKeyRow } from '../../packages/sdk/src/crypto/key-machine.ts';
import type { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { conversationOf } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import { hostClock, hostRandom } from '../../packages/sdk/src/platform/node.ts';
import { restOver } from '../../packages/sdk/src/rest.ts';
import { KeyDevice, type SealedText } from '../key-device.ts';
import { type Measure, measure } from '../measure.ts';
import { ed25519 } from '../strangers.ts';

/** Whose sessions come back where, and what has to open then. */
export interface RestoringParts {
  readonly server: KeyServer;
  readonly folder: string;
  readonly ben: KeyDevice;
  readonly said: readonly SealedText[];
  /** How many come back in all. */
  readonly sessions: number;
}

type Item = RouteResult<'listBackup'>['items'][number];

const epoch = 1;
/** Conversations that the made-up sessions belong to. */
const conversations = 200;
/** Of what was said so many are opened afterwards. */
const proofs = 50;

export async function restoring({ server, folder, ben, said, sessions }: RestoringParts): Promise<Measure> {
  const key = new Uint8Array(randomBytes(32));
  const real = await takenFrom(ben);
  const [pattern] = real;
  if (pattern === undefined) throw new Error('no session is to be kept');
  const made = Array.from({ length: Math.max(0, sessions - real.length) }, (_, n) => madeUp(pattern, n));
  const rows = [...real, ...made].slice(0, sessions);
  const items = await Promise.all(rows.map((row) => sealed(row, key, ben)));
  await using phone = await KeyDevice.open({ server, folder, name: 'ben', device: 'phone' });
  const secrets = await ben.machine.exportSecrets();
  if (secrets === null) throw new Error('there is no identity to link with');
  await phone.machine.importSecrets(secrets);
  const { account, machine, device: madeBy } = phone;
  const keeper = new BackupKeeper({
    account,
    rest: restOver({ call: async ({ path }) => ({ status: 200, body: pageOf(items, path) }) }),
    clock: hostClock,
    random: hostRandom,
    machine,
    timed: { untilOf: () => null, learn: () => true },
    epochs: () => [{ epoch, key, madeBy }],
    epoch: () => ({ epoch, key, madeBy }),
    onKey() {},
  });
  const start = performance.now();
  await keeper.restore();
  const ms = performance.now() - start;
  // One call behind the last news of the machine.
  await machine.keysN();
  if (phone.readable.size !== sessions) throw new Error(`${phone.readable.size} of ${sessions} sessions came back`);
  const kept = new Set(real.map(({ session }) => session));
  const proof = said.filter(({ order }) => kept.has(order.content.split('.')[1] ?? '')).slice(-proofs);
  if (proof.length === 0) throw new Error('nothing that was said could be read again');
  for (const one of proof) await phone.read(one);
  return measure('15', ms);
}

/** All sessions of a device, as they go into the backup. */
async function takenFrom({ machine }: KeyDevice): Promise<readonly RoomKeyRow[]> {
  const rows: RoomKeyRow[] = [];
  for (let taken = await machine.takeRoomKeys(); taken !== null; taken = await machine.takeRoomKeys()) {
    rows.push(...taken.rows);
    await machine.confirmRoomKeys(taken.batch);
  }
  return rows;
}

/** Another session of the same maker. */
export function madeUp({ exported, origin }: RoomKeyRow, n: number): RoomKeyRow {
  const session = ed25519().text;
  // Version, index, ratchet, and the public key that is the session's name.
  const bytes = [Buffer.from([1, 0, 0, 0, 0]), randomBytes(128), Buffer.from(session, 'base64')];
  const session_key = Buffer.concat(bytes).toString('base64').replace(/=+$/, '');
  const conversation: ConversationId = conversationOf(`old${n % conversations}x`);
  return {
    conversation,
    session,
    firstIndex: 0,
    exported: JSON.stringify({ ...(JSON.parse(exported) as object), session_key }),
    origin: { ...origin, session },
  };
}

async function sealed(row: RoomKeyRow, key: Uint8Array, { account }: KeyDevice): Promise<Item> {
  const { conversation, session, firstIndex, exported, origin } = row;
  const place = { account, epoch, conversation, session, firstIndex };
  const value = await sealBackup(key, place, { exported, origin }, hostRandom);
  return { epoch, conversation_id: conversation, session_id: session, first_index: firstIndex, value };
}

/** The page that this path asks for. */
function pageOf(items: readonly Item[], path: string): unknown {
  const from = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0);
  const to = from + maxPageItems;
  return { items: items.slice(from, to), has_more: to < items.length, next_cursor: String(to) };
}
