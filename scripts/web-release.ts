// Writes what the built web app is, for `parley verify-web`: each file with its SHA-256, the pages under which the app
// opens, and the headers that keep other scripts out. It lies in the built folder, so it is part of every release.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { appPages } from '../packages/server/src/gateway/http-web-app.ts';
import { securityHeaders } from '../packages/server/src/gateway/security-headers.ts';
import { version } from '../packages/server/src/version.ts';

const name = '.parley-release.json';

/** Of the files below this folder, without those that only the build knows. */
async function describe(dist: string): Promise<object> {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  const paths = found.map((entry) => relative(dist, join(entry.parentPath, entry.name))).sort();
  const files: Record<string, string> = {};
  for (const path of paths) {
    const hash = createHash('sha256').update(await readFile(join(dist, path)));
    files[`/${path.split(sep).join('/')}`] = hash.digest('hex');
  }
  return { version, page: '/index.html', pages: appPages, files, headers: securityHeaders(undefined, null, false) };
}

const [dist] = process.argv.slice(2);
if (dist === undefined) throw new Error('usage: node scripts/web-release.ts FOLDER');
await writeFile(join(dist, name), `${JSON.stringify(await describe(dist), null, 2)}\n`);
