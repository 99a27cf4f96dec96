// Builds the page that has the keys of a browser and nothing else, as the web app is built.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import config from '../../packages/web/vite.config.ts';

const root = fileURLToPath(new URL('./keys-page', import.meta.url));

/** Puts it into this folder. */
export async function buildKeysPage(outDir: string): Promise<void> {
  await build({ ...config, configFile: false, logLevel: 'error', root, build: { ...config.build, outDir } });
}
