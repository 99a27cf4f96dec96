// An operator who cannot sign in any more, rescued on the machine itself: whoever owns the data folder makes a person
// an operator with a new password. What was signed in before is signed out. It must never be a route.
import type { AccountId, DeviceId, ErrorCode } from '@parley/protocol';
import type { AccountRow, Directory } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import { accountsPerRead, maxListedOperators } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { parseHandle } from './handles.ts';
import type { Passwords } from './passwords.ts';
import { randomPassword } from './random-password.ts';

/** What a rescue stands on. `ended` hears of the sessions that it ended. */
export interface RescueParts {
  readonly directory: Pick<Directory, 'accounts' | 'people'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly passwords: Passwords;
  readonly ended: (account: AccountId, devices: readonly DeviceId[]) => void;
}

/** Who was rescued, and the password that is shown once. */
export interface Rescued {
  readonly handle: string;
  readonly password: string;
}

/** Makes the person with this handle (null: the only operator) an operator who can sign in with a new password. */
export async function rescueOperator(parts: RescueParts, handle: string | null): Promise<Result<Rescued, ErrorCode>> {
  const { clock, directory, passwords, random, ended } = parts;
  const row = handle === null ? await onlyOperator(directory) : await named(directory, handle);
  if (row === undefined || row.kind !== 'person') return refuse('account.unknown');
  const password = randomPassword(random);
  const hashed = await passwords.hash(password, new AbortController().signal);
  if (!hashed.ok) return hashed;
  const change = { admin: true, state: 'active', passwordHash: hashed.value } as const;
  const end = { device: null, except: null, reason: 'revoked', time: clock.now() } as const;
  const changed = await directory.accounts.change(row.account, change, { end });
  if (changed === undefined) return refuse('account.unknown');
  ended(row.account, changed.ended);
  return ok({ handle: row.handle, password });
}

/** Handles of the persons who are operators, the disabled ones too; so many at most. */
export async function operatorsOf({ people }: Pick<Directory, 'people'>): Promise<readonly string[]> {
  const found: string[] = [];
  let after = '';
  while (found.length < maxListedOperators) {
    const page = await people.page(after, accountsPerRead);
    for (const { admin, kind, handle } of page) if (admin && kind === 'person') found.push(handle);
    const last = page.at(-1);
    if (last === undefined || page.length < accountsPerRead) break;
    after = last.handle;
  }
  return found.slice(0, maxListedOperators);
}

async function onlyOperator(directory: RescueParts['directory']): Promise<AccountRow | undefined> {
  const [first, second] = await operatorsOf(directory);
  return first === undefined || second !== undefined ? undefined : directory.accounts.byHandle(first);
}

async function named({ accounts }: RescueParts['directory'], handle: string): Promise<AccountRow | undefined> {
  const own = parseHandle(handle);
  return own === null ? undefined : accounts.byHandle(own);
}
