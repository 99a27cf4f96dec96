import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Parser } from '@asyncapi/parser';
import { closeCodes, errors, framesDown, framesUp, routes } from '@parley/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { asyncApiDocument } from './asyncapi.ts';
import { errorsMarkdown } from './errors-page.ts';
import { openApiDocument } from './openapi.ts';
import { referencePages } from './pages.ts';

const committed = (name: string) =>
  readFileSync(new URL(`../../../../../docs/protocol/${name}`, import.meta.url), 'utf8');
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

test('[API12] the OpenAPI document is valid and has every route', async () => {
  const document = openApiDocument('1.2.3');
  const result = await new Validator().validate(structuredClone(document));
  assert.deepEqual(result.errors ?? [], []);
  assert.equal(result.valid, true);
  const operations = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (path) => Object.values(path).map(({ operationId }) => operationId),
  );
  assert.deepEqual(operations.toSorted(), Object.keys(routes).toSorted());
});

const parser = new Parser();

/** What the parser has against an AsyncAPI document. */
async function complaintsOf(document: object): Promise<readonly string[]> {
  const { diagnostics } = await parser.parse(JSON.stringify(document));
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  return errors.map(({ message, path }) => `${path.join('/')}: ${message}`);
}

test('[API12] the validators notice what is wrong with a document', async () => {
  const openApi = openApiDocument('1.2.3');
  const { valid } = await new Validator().validate({ ...structuredClone(openApi), paths: { '/x': { get: [] } } });
  assert.equal(valid, false);
  const { info } = asyncApiDocument('1.2.3');
  const operations = { all: { action: 'shout', channel: { $ref: '#/channels/none' } } };
  assert.notDeepEqual(await complaintsOf({ asyncapi: '3.0.0', info, operations }), []);
});

test('[API12] the AsyncAPI document is valid and has every frame', async () => {
  const document = asyncApiDocument('1.2.3');
  assert.deepEqual(await complaintsOf(document), []);
  const frames = [
    ...Object.keys(framesUp).map((type) => `up_${type}`),
    ...Object.keys(framesDown).map((type) => `down_${type}`),
  ];
  const { messages } = document.components as { messages: Record<string, unknown> };
  assert.deepEqual(Object.keys(messages).toSorted(), frames.toSorted());
});

test('[API12] the committed documents are what the schemas say', () => {
  for (const [name, document] of [
    ['openapi.json', openApiDocument(version)],
    ['asyncapi.json', asyncApiDocument(version)],
  ] as const) {
    const { 'x-generated': _, ...written } = JSON.parse(committed(name)) as Readonly<Record<string, unknown>>;
    assert.deepEqual(written, JSON.parse(JSON.stringify(document)), `${name}: run \`npm run docs\``);
  }
  assert.equal(committed('errors.md'), errorsMarkdown());
});

test('[API12] the pages show every route, frame, refusal and close code, and need nothing from elsewhere', () => {
  const pages = referencePages(openApiDocument(version), asyncApiDocument(version));
  const body = (path: string) => pages.find((page) => page.path === path)?.body ?? '';
  for (const name of Object.keys(routes)) assert.ok(body('/docs/rest').includes(`id="${name}"`), name);
  for (const type of Object.keys(framesDown)) assert.ok(body('/docs/socket').includes(`id="down_${type}"`), type);
  for (const code of [...Object.keys(errors), ...Object.keys(closeCodes)])
    assert.ok(body('/docs/errors').includes(code), code);
  for (const { path, type, body: text } of pages) {
    assert.ok(!/<script|style=|https?:\/\/|\son\w+=/.test(text), path);
    if (!type.startsWith('text/html')) continue;
    const anchors = new Set([...text.matchAll(/id="([^"]+)"/g)].map((match) => match[1]));
    for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g)) assert.ok(anchors.has(anchor), `${path}#${anchor}`);
  }
});
