// Room keys to and from the backup. The library seals what is new to a key that lives only here, so that it knows what
// was taken already; what leaves is plain to the caller, who seals it in our own format, with its origin inside.
import { BackupDecryptionKey, RequestType, type RoomId } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import { decodeExactly, encodeBytes } from '../base64.ts';
import type { RoomKeyRow } from '../key-machine.ts';
import type { Core } from './core.ts';
import type { Identities } from './identities.ts';
import * as limits from './limits.ts';
import { idInName, nameOfConversation, roomId } from './names.ts';
import { type Maker, type Origins, type SessionName, sameMaker } from './origins.ts';

/** How often all were taken anew: the library remembers what was taken by this number. */
const roundFact = 'backup round';

/** What the library exports. */
interface ExportedKey {
  readonly sender_key: string;
  readonly sender_claimed_keys: { readonly ed25519?: string };
  readonly session_key: string;
}

interface TakenJson {
  readonly rooms: Readonly<Record<string, { readonly sessions: Readonly<Record<string, TakenSession>> }>>;
}

interface TakenSession {
  readonly session_data: { readonly ephemeral: string; readonly mac: string; readonly ciphertext: string };
}

/** Hands room keys out, and takes them in. */
export class RoomKeys {
  readonly #core: Core;
  readonly #origins: Origins;
  readonly #identities: Identities;
  #sealing: BackupDecryptionKey | null = null;

  constructor(core: Core, parts: { readonly origins: Origins; readonly identities: Identities }) {
    this.#core = core;
    this.#origins = parts.origins;
    this.#identities = parts.identities;
  }

  async take(): Promise<{ readonly batch: string; readonly rows: readonly RoomKeyRow[] } | null> {
    return this.#core.lanes.run('backup', async () => {
      const sealing = await this.#enabled();
      const request = await this.#core.ask(this.#core.olm.backupRoomKeys());
      if (request === undefined) return null;
      const taken = takenKeys(JSON.parse(request.body) as TakenJson, sealing);
      const origins = await this.#origins.get(taken);
      const rows: RoomKeyRow[] = [];
      for (const [at, { conversation, session, exported }] of taken.entries()) {
        const maker = origins[at] ?? (await this.#makerOf(exported));
        const firstIndex = parseKey(exported)?.firstIndex;
        // Without a maker nobody could open anything with it.
        if (maker !== null && firstIndex !== undefined)
          rows.push({ conversation, session, firstIndex, exported, origin: { session, ...maker } });
      }
      return { batch: request.id, rows };
    });
  }

  async confirm(batch: string): Promise<void> {
    await this.#core.lanes.run('backup', () =>
      this.#core.answer(batch, RequestType.KeysBackup, { etag: '1', count: 0 }),
    );
  }

  /** All are taken again. */
  async restart(): Promise<void> {
    await this.#core.lanes.run('backup', async () => {
      await this.#core.facts.put([[roundFact, (await this.#round()) + 1]]);
      await this.#core.ask(this.#core.olm.disableBackup());
      this.#sealing = null;
    });
  }

  /** `kept`: they come from the backup, so they need not be taken again. */
  async bring(
    rows: readonly RoomKeyRow[],
    kept: boolean,
  ): Promise<{ readonly imported: number; readonly refused: number }> {
    if (rows.length > limits.maxImported) throw new ChatError('client.crypto');
    const known = await this.#origins.get(rows);
    const agreed = rows
      .map((row, at) => ({ row, key: parseKey(row.exported), known: known[at] ?? null }))
      .filter(isWhole);
    const fresh = agreed.filter((one) => one.known === null);
    const made = fresh.map(({ row }) => ({ ...row, origin: makerIn(row.origin) }));
    const others = await this.#origins.put(made, kept ? 'before' : 'here');
    const good = agreed.map((one) => one.row);
    await (kept ? this.#bringKept(good) : this.#bringNew(good));
    if (kept) await this.#identities.metBefore(others);
    for (const { conversation, session } of good) this.#core.events.readable(conversation, session);
    return { imported: good.length, refused: rows.length - good.length };
  }

  async #bringKept(rows: readonly RoomKeyRow[]): Promise<void> {
    const byRoom = new Map<ConversationId, Map<string, unknown>>();
    for (const { conversation, session, exported } of rows) {
      const sessions = byRoom.get(conversation) ?? new Map<string, unknown>();
      byRoom.set(conversation, sessions.set(session, JSON.parse(exported)));
    }
    const keys = new Map<RoomId, Map<string, unknown>>([...byRoom].map(([id, sessions]) => [roomId(id), sessions]));
    const round = String(await this.#round());
    await this.#core.ask(this.#core.olm.importBackedUpRoomKeys(keys, () => undefined, round));
  }

  async #bringNew(rows: readonly RoomKeyRow[]): Promise<void> {
    const keys = rows.map(({ conversation, session, exported }) => ({
      ...(JSON.parse(exported) as ExportedKey),
      room_id: nameOfConversation(conversation),
      session_id: session,
    }));
    await this.#core.ask(this.#core.olm.importExportedRoomKeys(JSON.stringify(keys), () => {}));
  }

  /** The key to which the library seals what it hands out here. It is of no use to anybody: it never leaves. */
  async #enabled(): Promise<BackupDecryptionKey> {
    if (this.#sealing !== null) return this.#sealing;
    const sealing = BackupDecryptionKey.createRandomKey();
    const { publicKeyBase64 } = sealing.megolmV1PublicKey;
    await this.#core.ask(this.#core.olm.enableBackupV1(publicKeyBase64, String(await this.#round())));
    this.#sealing = sealing;
    return sealing;
  }

  async #round(): Promise<number> {
    const [round] = await this.#core.facts.get([roundFact]);
    return typeof round === 'number' ? round : 1;
  }

  /** Nobody who is left out: their sessions get a record after the review. */
  async #makerOf(exported: string): Promise<Maker | null> {
    const { sender_key: curve25519, sender_claimed_keys: claimed } = JSON.parse(exported) as ExportedKey;
    const maker = await this.#origins.vouchedFor({ curve25519, ed25519: claimed.ed25519 ?? null }, null);
    if (maker === null || (await this.#identities.leftOut([maker.account])).length > 0) return null;
    return maker;
  }
}

type Taken = SessionName & { readonly exported: string };

function takenKeys({ rooms }: TakenJson, sealing: BackupDecryptionKey): readonly Taken[] {
  return Object.entries(rooms).flatMap(([name, { sessions }]) => {
    const conversation = idInName<ConversationId>(name);
    if (conversation === null) return [];
    return Object.entries(sessions).map(
      ([
        session,
        {
          session_data: { ephemeral, mac, ciphertext },
        },
      ]) => ({
        conversation,
        session,
        exported: sealing.decryptV1(ephemeral, mac, ciphertext),
      }),
    );
  });
}

/** What an exported key says of itself; null when it is none. */
export interface ParsedKey {
  readonly session: string;
  readonly firstIndex: number;
  readonly curve25519: string;
  readonly ed25519: string;
}

/** Version, index, ratchet, and the public key that is the session's name. */
const keyBytes = { index: 1, name: 1 + 4 + 128, all: 1 + 4 + 128 + 32 };

export function parseKey(exported: string): ParsedKey | null {
  try {
    const { sender_key: curve25519, sender_claimed_keys: claimed, session_key } = JSON.parse(exported) as ExportedKey;
    const bytes = decodeExactly(keyBytes.all, session_key);
    if (bytes === null || typeof curve25519 !== 'string' || typeof claimed.ed25519 !== 'string') return null;
    return {
      session: encodeBytes(bytes.subarray(keyBytes.name)),
      firstIndex: new DataView(bytes.buffer, bytes.byteOffset).getUint32(keyBytes.index),
      curve25519,
      ed25519: claimed.ed25519,
    };
  } catch {
    return null;
  }
}

interface Candidate {
  readonly row: RoomKeyRow;
  readonly key: ParsedKey | null;
  readonly known: Maker | null;
}

/** The key is of the session that it is said to be of, and of the maker that its record names, here as there. */
function isWhole({ row, key, known }: Candidate): boolean {
  const { origin } = row;
  if (key === null || key.session !== row.session) return false;
  if (key.curve25519 !== origin.curve25519 || key.ed25519 !== origin.ed25519) return false;
  return known === null || sameMaker(known, origin);
}

function makerIn(origin: RoomKeyRow['origin']): Maker {
  const { session: _, account, ...maker } = origin;
  return { ...maker, account: account as AccountId };
}
