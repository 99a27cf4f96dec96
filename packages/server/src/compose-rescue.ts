// `parley operator`: an operator who cannot sign in any more gets in again, on the machine itself. Through the server
// when it runs, else on the directory of its folder. It reads nothing that people wrote.
import { existsSync } from 'node:fs';
import { argonHasher } from './accounts/argon-hasher.ts';
import { Passwords } from './accounts/passwords.ts';
import { operatorsOf, type Rescued, rescueOperator } from './accounts/rescue.ts';
import { files } from './compose-files.ts';
import { openSqliteDirectory } from './directory/sqlite-directory.ts';
import { FolderRefused, openDataFolder } from './host/data-folder.ts';
import { hostClock } from './kernel/clock.ts';
import { hostRandom } from './kernel/random.ts';
import type { Result } from './kernel/result.ts';

/** What can rescue: the accounts of a running server, or those of a folder. */
interface Rescuer {
  rescue(handle: string | null): Promise<Result<Rescued, string>>;
  operators(): Promise<readonly string[]>;
}

/** Rescues, or says with whom it could. */
export async function rescue(accounts: Rescuer, handle: string | null): Promise<Rescued> {
  const rescued = await accounts.rescue(handle);
  if (rescued.ok) return rescued.value;
  if (rescued.code !== 'account.unknown') throw new Error(`It could not be done now (${rescued.code}). Try again.`);
  const operators = (await accounts.operators()).map((each) => `@${each}`).join(', ');
  if (handle !== null)
    throw new Error(
      `There is no person called ${handle} here${operators === '' ? '.' : `. Operators are: ${operators}.`}`,
    );
  throw new Error(
    operators === ''
      ? 'There is no operator. Start the server: it prints a link that makes one. Or name a person: parley operator HANDLE.'
      : `There are several operators: ${operators}. Name one: parley operator HANDLE.`,
  );
}

/** The accounts of a folder that no server uses. */
export async function rescueStopped(data: string, handle: string | null): Promise<Rescued> {
  if (!existsSync(data)) throw new FolderRefused(`${data} is not there. Name the data folder with --data.`);
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(openDataFolder(data));
  if (!existsSync(folder.file(files.directory))) throw new FolderRefused(`No server has run in ${data} yet.`);
  const directory = opened.use(await openSqliteDirectory(folder.file(files.directory)));
  const passwords = new Passwords(argonHasher(hostRandom), hostRandom);
  const parts = { directory, clock: hostClock, random: hostRandom, passwords, ended: () => {} };
  const accounts: Rescuer = {
    rescue: (name) => rescueOperator(parts, name),
    operators: () => operatorsOf(directory),
  };
  return await rescue(accounts, handle);
}
