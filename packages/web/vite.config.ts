// Builds the web app into dist/: hashed assets, no inline script or style (the page's policy forbids both), and the
// service worker, which knows all of them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const serviceWorker: Plugin = {
  name: 'service-worker',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const page = bundle['index.html'];
      if (page?.type !== 'asset') throw new Error('there is no page to be kept');
      const named = JSON.stringify(files.sort().map((name) => `/${name}`));
      const hash = createHash('sha256').update(named).update(page.source).digest('base64url').slice(0, 12);
      const code = stripTypeScriptTypes(readFileSync(join(import.meta.dirname, 'src/service-worker.ts'), 'utf8'));
      const source = `const files = ${named};\nconst keptAs = 'parley-app-${hash}';\n${code}`;
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
    },
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [serviceWorker],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // The worker with the keys is a module of its own; the crypto library's file beside it is fetched when it starts.
  worker: { format: 'es' },
  esbuild: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  clearScreen: false,
  logLevel: 'warn',
});
