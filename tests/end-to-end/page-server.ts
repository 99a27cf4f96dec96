// `parley serve` with another page than the web app: the folder of it is the first argument. All else is as it is there, the
// policy and the caching of the page, too.
import { readFileSync } from 'node:fs';
import { serve } from '../../packages/server/src/compose-serve.ts';
import { readConfig } from '../../packages/server/src/config.ts';

const [webFolder = ''] = process.argv.slice(2);
const readFile = (path: string) => readFileSync(path, 'utf8');
const configured = readConfig({ flags: {}, environment: process.env, file: null, readFile });
if (!configured.ok) throw new Error(configured.problems.join(' '));
process.exitCode = await serve(configured.config, [], webFolder);
