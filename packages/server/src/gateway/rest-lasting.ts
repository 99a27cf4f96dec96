// Answers that outlive the process: sealed under the caller's own key, so that neither the file nor a copy of it gives
// anything away; what is kept opens for whoever asks again with the same key, and for nobody else.
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { RouteName } from '@parley/protocol';
import type { Answers } from '../directory/answers.ts';
import type { Clock } from '../kernel/clock.ts';
import {
  idempotencyMs,
  maxKeptAnswers,
  maxKeptAnswersPerCaller,
  maxLastingAnswerBytes,
  minLastingKeyCharacters,
} from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';

/**
 * Calls that do something else, or are refused, when they are made again; the others come to the same again: records
 * have ids of their keys, and reading, uploading and acknowledging twice changes nothing.
 */
export const lastingRoutes: ReadonlySet<RouteName> = new Set<RouteName>([
  'createOwner',
  'createAccount',
  'createGuest',
  'createSession',
  'createRecoverySession',
  'changePassword',
  'createInvite',
  'createConversationInvite',
  'adminResetPassword',
]);

/** Whose key it is; `key` says what was asked, too. `secret` is what the caller sent as its key. */
export interface LastingCall {
  readonly caller: string;
  readonly key: string;
  readonly secret: string;
}

/** What was answered, and to which body. */
export interface LastingAnswer {
  readonly body: string;
  readonly value: unknown;
}

const nonceBytes = 12;
const tagBytes = 16;

/** Keeps answers for a day. */
export class LastingAnswers {
  readonly #answers: Answers;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(answers: Answers, clock: Clock, random: Random) {
    this.#answers = answers;
    this.#clock = clock;
    this.#random = random;
  }

  async of(call: LastingCall): Promise<LastingAnswer | null> {
    if (call.secret.length < minLastingKeyCharacters) return null;
    const { id, key } = keysOf(call);
    const row = await this.#answers.get(id, this.#clock.now());
    return row === undefined ? null : opened(row.sealed, id, key);
  }

  /** Resolves when it is on disk. Nothing is kept under a key that could be guessed, nor what is too large. */
  async keep(call: LastingCall, answer: LastingAnswer): Promise<void> {
    const text = JSON.stringify(answer);
    if (call.secret.length < minLastingKeyCharacters || text.length > maxLastingAnswerBytes) return;
    const { id, key } = keysOf(call);
    const now = this.#clock.now();
    const sealed = this.#seal(text, id, key);
    const row = { id, caller: call.caller, sealed, until: now + idempotencyMs };
    await this.#answers.keep(row, now, { ofCaller: maxKeptAnswersPerCaller, ofAll: maxKeptAnswers });
  }

  #seal(text: string, id: string, key: Uint8Array): string {
    const nonce = this.#random.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }
}

/** A body as it is compared. */
export function bodyHash(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(body) ?? '')
    .digest('base64');
}

/** The id under which a call is found does not lead to the key that opens its answer. */
function keysOf({ caller, key, secret }: LastingCall): { readonly id: string; readonly key: Uint8Array } {
  const salt = createHash('sha256')
    .update(JSON.stringify([caller, key]))
    .digest();
  const made = Buffer.from(hkdfSync('sha256', secret, salt, 'parley kept answer', 64));
  return { id: made.subarray(0, 32).toString('base64url'), key: made.subarray(32) };
}

function opened(sealed: string, id: string, key: Uint8Array): LastingAnswer | null {
  const bytes = Buffer.from(sealed, 'base64');
  const end = bytes.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(id));
  decipher.setAuthTag(bytes.subarray(end));
  const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString();
  return JSON.parse(text) as LastingAnswer;
}
