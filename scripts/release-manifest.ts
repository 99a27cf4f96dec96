// Makes the signed list of a release of the web app, for whoever makes releases: builds it, and writes the list with its
// Ed25519 signature to a folder to be published, and the signature beside the built files, which go into the package.
// It promises to take no private key that others on this machine can read. CONTRIBUTING.md says how it is run. [CLI34]
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkout } from './bootstrap.mjs';
import { buildWeb } from './build-web.mjs';

const dist = fileURLToPath(new URL('../packages/web/dist', import.meta.url));
const list = '.parley-release.json';
const usage = `usage: node scripts/release-manifest.ts --make-key FILE        a new private key
       node scripts/release-manifest.ts --key FILE [--out FOLDER] the signed list of this checkout`;

/** Writes a new private key, which must not be there yet, for its owner alone; its public half in base64. */
export async function makeKey(file: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  return publicHalf(privateKey);
}

/** Signs the list in a built folder, and puts both into `out`; the public half of the key. */
export async function publish(built: string, keyFile: string, out: string): Promise<string> {
  const key = await readKey(keyFile);
  const from = join(built, list);
  const bytes = await readFile(from);
  const { version } = JSON.parse(bytes.toString('utf8')) as { readonly version: string };
  const signature = `${sign(null, bytes, key).toString('base64')}\n`;
  await mkdir(out, { recursive: true });
  const file = join(out, `parley-web-${version}.json`);
  await copyFile(from, file);
  await writeFile(`${file}.sig`, signature);
  await writeFile(`${from}.sig`, signature);
  return publicHalf(key);
}

async function readKey(file: string): Promise<KeyObject> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new Error(`${file} can be read by others: chmod 600 it, and think about who did`);
  const key = createPrivateKey(await readFile(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 key`);
  return key;
}

function publicHalf(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      key: { type: 'string' },
      'make-key': { type: 'string' },
      out: { type: 'string', default: join(checkout, '.cache', 'release') },
    },
  });
  if (values['make-key'] !== undefined) process.stdout.write(`public key: ${await makeKey(values['make-key'])}\n`);
  else if (values.key !== undefined) {
    await buildWeb({ path: process.execPath });
    process.stdout.write(`signed for the public key: ${await publish(dist, values.key, values.out)}\n`);
  } else {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
  }
}
