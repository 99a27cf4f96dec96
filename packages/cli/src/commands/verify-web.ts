// `parley verify-web`: is the web app that a server sends the one of the release? It cannot prove what other visitors
// get, and says so; nobody has to be signed in.
import { ChatError } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import { serverAddress } from '../option-values.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';
import { checkWeb } from '../web-check.ts';
import { readRelease, type WebRelease } from '../web-release.ts';
import { knownKeys, publicKey } from '../web-signature.ts';

/** What the server sends is not the release. Its message begins with a code, for scripts. */
class WebDiffers extends Error {
  override name = 'WebDiffers';
}

export function verifyWebCommand(program: Command, run: Run): void {
  program
    .command('verify-web')
    .argument('<url>', 'address of the server', serverAddress)
    .description('compare the web app that a server sends with the one of this release')
    .option('--manifest <file>', 'the list of another release; its signature is beside it, in FILE.sig')
    .option('--key <key>', 'public key of who made the release: as it is published, or a file')
    .action(
      run(async (context, url: string, options: Chosen) => verify(context, url, await releaseOf(context, options))),
    );
}

interface Chosen {
  readonly manifest?: string;
  readonly key?: string;
}

/** A list that did not come with this program has to be signed; one that did, where somebody names the key. */
async function releaseOf(context: Context, { manifest: file, key }: Chosen): Promise<WebRelease> {
  const keys = key === undefined ? knownKeys() : [await publicKey(key)];
  if (file !== undefined && keys.length === 0)
    throw new UsageError('--manifest needs the public key of who made that release: --key KEY');
  const found = await readRelease(file, keys);
  if (found !== null) {
    const mustBeSigned = file !== undefined || key !== undefined;
    if (found.signature === 'bad' || (mustBeSigned && found.signature === 'none'))
      throw new WebDiffers('web.unsigned: the list is not signed by who makes the releases. Do not go by it.');
    if (found.signature === 'none') context.note('The list came with this program, and is trusted as much as that.');
    return found.release;
  }
  throw new UsageError(
    file === undefined
      ? 'this program came without the list of its web app; "npm start" builds it, or name one with --manifest FILE'
      : 'the file is no list of a web app',
  );
}

async function verify(context: Context, server: string, release: WebRelease): Promise<void> {
  const { version } = await context.world.entrance(server).server();
  const served = printable(version);
  if (version !== release.version) {
    context.print({ server, version, release: release.version, ok: null, differences: [] }, '');
    throw new WebDiffers(
      `web.other_version: ${server} serves Parley ${served}, and this list is of ${release.version}: they cannot be compared. Take parley@${served}, or its list with --manifest FILE.`,
    );
  }
  const { compared, differences } = await reached(checkWeb(server, release, context.deadline()));
  const lines = differences.map(({ paths, what }) => ({ paths, what: printable(what) }));
  const isSame = lines.length === 0;
  context.print(
    { server, version, release: release.version, ok: isSame, compared, differences: lines },
    isSame
      ? `OK: ${server} serves Parley ${served} (${compared} addresses compared).`
      : lines.map(({ paths, what }) => `${placeOf(paths)} ${what}`).join('\n'),
  );
  if (!isSame)
    throw new WebDiffers(
      `web.differs: ${server} does not serve Parley ${served} as it was released. Do not type a password or a recovery key there.`,
    );
  context.note('This is what it sent here and now; a server can send something else to somebody else.');
}

async function reached<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    throw new ChatError('client.unreachable', { cause: error });
  }
}

const maxPaths = 3;

function placeOf(paths: readonly string[]): string {
  const named = paths.slice(0, maxPaths).join(', ');
  return paths.length > maxPaths ? `${named} and ${paths.length - maxPaths} more` : named;
}
