// Code that must run in the simulation asks the host for nothing: no clock, no timer, no chance, no environment. Times
// that are given (`new Date(ms)`, `Date.parse`) are arithmetic and allowed.

import { type Expression, Visitor } from 'oxc-parser';
import { type Finding, finding, type Source } from './source.ts';

/** Globals that may not be called. */
const calls = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'fetch',
  'Date',
]);

/** Globals with members that may not be used; null: none of them. */
const members: Readonly<Record<string, ReadonlySet<string> | null>> = {
  Date: new Set(['now']),
  Math: new Set(['random']),
  crypto: new Set(['randomUUID', 'getRandomValues', 'subtle']),
  performance: new Set(['now', 'timeOrigin', 'mark', 'measure']),
  process: null,
  globalThis: null,
  navigator: null,
  localStorage: null,
};

/** What `node:crypto` has beyond arithmetic. */
const chance = /^(random\w*|generate\w*|webcrypto|getRandomValues|subtle)$/;

/** Every use of the host in a source that may use none. */
export function checkHost(source: Source): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (position: number, what: string): void => {
    findings.push(finding(source, position, `asks the host: ${what}; take it as an argument`));
  };
  const passed = (
    node: Expression | { readonly type: string; readonly start: number; readonly name?: unknown },
  ): void => {
    if (node.type !== 'Identifier' || typeof node.name !== 'string') return;
    if (node.name === 'process' || (calls.has(node.name) && node.name !== 'Date')) add(node.start, node.name);
  };
  new Visitor({
    CallExpression: ({ callee, arguments: given }) => {
      if (callee.type === 'Identifier' && calls.has(callee.name)) add(callee.start, `${callee.name}()`);
      given.forEach(passed);
    },
    NewExpression: ({ callee, arguments: given, start }) => {
      if (callee.type === 'Identifier' && callee.name === 'Date' && given.length === 0) add(start, 'new Date()');
      given.forEach(passed);
    },
    MemberExpression: ({ object, property, start }) => {
      if (object.type !== 'Identifier' || !Object.hasOwn(members, object.name)) return;
      const banned = members[object.name];
      const name = property.type === 'Identifier' ? property.name : '[…]';
      if (banned === null || banned?.has(name)) add(start, `${object.name}.${name}`);
    },
    VariableDeclarator: ({ init }) => {
      if (init !== null) passed(init);
    },
    ImportDeclaration: ({ source: from, specifiers }) => {
      if (from.value !== 'node:crypto' && from.value !== 'crypto') return;
      for (const each of specifiers) {
        if (each.type !== 'ImportSpecifier') add(each.start, 'the whole of node:crypto');
        else if (each.imported.type === 'Identifier' && chance.test(each.imported.name))
          add(each.start, each.imported.name);
      }
    },
  }).visit(source.program);
  return findings;
}
