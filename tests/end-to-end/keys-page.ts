// Builds pages that have the keys or the SDK of a browser and nothing else, as the web app is built.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import config from '../../packages/web/vite.config.ts';

/** Puts the page of the keys into this folder. */
export async function buildKeysPage(outDir: string): Promise<void> {
  await buildPage('keys-page', outDir);
}

/** Puts the page that stands in the folder of this name beside us into that one. */
export async function buildPage(name: string, outDir: string): Promise<void> {
  const root = fileURLToPath(new URL(`./${name}`, import.meta.url));
  await build({ ...config, configFile: false, logLevel: 'error', root, build: { ...config.build, outDir } });
}
