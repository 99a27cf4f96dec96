// `npm run docs`: writes the documents of both interfaces from the one set of schemas. The files are committed; the
// check writes them again and fails when that changes anything.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiDocument } from '../packages/server/src/gateway/reference/asyncapi.ts';
import { errorsMarkdown } from '../packages/server/src/gateway/reference/errors-page.ts';
import { openApiDocument } from '../packages/server/src/gateway/reference/openapi.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/protocol');
const { version } = JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8')) as {
  readonly version: string;
};
const generated = { 'x-generated': 'By `npm run docs` from packages/protocol. Do not edit.' };
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

mkdirSync(folder, { recursive: true });
write('openapi.json', `${JSON.stringify({ ...generated, ...openApiDocument(version) }, null, 2)}\n`);
write('asyncapi.json', `${JSON.stringify({ ...generated, ...asyncApiDocument(version) }, null, 2)}\n`);
write('errors.md', errorsMarkdown());
