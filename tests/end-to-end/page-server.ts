// A whole server that serves another page than the web app: the folder of it is the first argument. All else is as in
// `parley serve`, the policy and the caching of the page too.
import { readFileSync } from 'node:fs';
import { compose } from '../../packages/server/src/compose.ts';
import { openMetrics, runProcess } from '../../packages/server/src/compose-process.ts';
import { readConfig } from '../../packages/server/src/config.ts';
import { openDataFolder } from '../../packages/server/src/host/data-folder.ts';
import { version } from '../../packages/server/src/version.ts';

const [webFolder = ''] = process.argv.slice(2);
const readFile = (path: string) => readFileSync(path, 'utf8');
const configured = readConfig({ flags: {}, environment: process.env, file: null, readFile });
if (!configured.ok) throw new Error(configured.problems.join(' '));
const { config } = configured;
process.exitCode = await runProcess(config, async ({ registry, events, opened, fail }) => {
  const folder = opened.use(openDataFolder(config.data));
  const server = await compose({ config, folder, version, events, registry, webFolder, onFatal: fail });
  opened.defer(() => server.stop());
  const { port } = opened.use(await openMetrics(config, server.port, registry));
  const summary = { url: server.url, data: config.data, version, metrics: `http://localhost:${port}/metrics` };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
});
