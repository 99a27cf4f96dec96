// The error table is complete and its close codes are explained.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeCodes, errors, isErrorCode } from './errors.ts';
import { routes } from './routes.ts';

test('[PRT6] every code has advice, status and title, and its close code is in the table', () => {
  for (const [code, entry] of Object.entries(errors)) {
    assert.ok(entry.advice && entry.title.endsWith('.'), code);
    assert.ok(entry.status >= 400 && entry.status < 600, code);
    if (entry.close !== null) assert.ok(Object.hasOwn(closeCodes, entry.close), code);
  }
});

test('[PRT6] routes declare only codes of the table', () => {
  for (const [name, route] of Object.entries(routes)) {
    for (const code of route.errors) assert.ok(isErrorCode(code), `${name}: ${code}`);
  }
});
