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
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

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

test('[API12] the AsyncAPI document is valid and has every frame', async () => {
  const document = asyncApiDocument('1.2.3');
  const { diagnostics, document: parsed } = await new Parser().parse(JSON.stringify(document));
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 0).map(({ message, path }) => `${path.join('/')}: ${message}`),
    [],
  );
  assert.ok(parsed);
  const frames = [
    ...Object.keys(framesUp).map((type) => `up_${type}`),
    ...Object.keys(framesDown).map((type) => `down_${type}`),
  ];
  const { messages } = document.components as { messages: Record<string, unknown> };
  assert.deepEqual(Object.keys(messages).toSorted(), frames.toSorted());
});

test('[API12] the committed documents are what the schemas say', () => {
  const { 'x-generated': _, ...openApi } = JSON.parse(committed('openapi.json'));
  assert.deepEqual(openApi, JSON.parse(JSON.stringify(openApiDocument(version))));
  const { 'x-generated': __, ...asyncApi } = JSON.parse(committed('asyncapi.json'));
  assert.deepEqual(asyncApi, JSON.parse(JSON.stringify(asyncApiDocument(version))));
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
