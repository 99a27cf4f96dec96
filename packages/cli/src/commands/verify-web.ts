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

/** What the server sends is not the release. Its message begins with a code, for scripts. */
class WebDiffers extends Error {
  override name = 'WebDiffers';
}

export function verifyWebCommand(program: Command, run: Run): void {
  program
    .command('verify-web')
    .argument('<url>', 'address of the server', serverAddress)
    .description('compare the web app that a server sends with the one of this release')
    .option('--manifest <file>', 'the list of another release, from its package')
    .action(
      run(async (context, url: string, options: { manifest?: string }) =>
        verify(context, url, await releaseOf(options.manifest)),
      ),
    );
}

async function releaseOf(file: string | undefined): Promise<WebRelease> {
  const release = await readRelease(file);
  if (release !== null) return release;
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
