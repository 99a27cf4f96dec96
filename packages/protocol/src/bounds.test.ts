// Every bound of what a client may send, reached: at it a value is taken, one beyond it is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Compile } from 'typebox/compile';
import { framesUp } from './frame.ts';
import { type Route, routes } from './routes.ts';

interface Bounded {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: object;
  readonly properties?: Readonly<Record<string, object>>;
}

/** Values that are taken, and values that are just beyond. */
interface Edge {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
}

function edgesOf(schema: Bounded): Edge | null {
  const { type, minLength = 0, maxLength, minimum, maximum, maxItems, minItems = 0 } = schema;
  if (type === 'integer') return { good: [minimum, maximum], bad: [Number(minimum) - 1, Number(maximum) + 1, 0.5] };
  if (type === 'string' && schema.enum !== undefined) return { good: schema.enum, bad: ['', 'another word', 7] };
  if (type === 'string' && maxLength !== undefined && schema.pattern === undefined)
    return {
      good: ['x'.repeat(maxLength), 'x'.repeat(minLength)],
      bad: ['x'.repeat(maxLength + 1), ...(minLength > 0 ? ['x'.repeat(minLength - 1)] : [])],
    };
  if (type === 'string') return { good: [], bad: ['x'.repeat((maxLength ?? 1_000) + 1), ''] };
  const item = goodOf(schema.items as Bounded | undefined);
  if (type !== 'array' || maxItems === undefined || item === undefined) return null;
  const of = (length: number) => Array.from({ length }, () => item);
  return { good: [of(maxItems), of(minItems)], bad: [of(maxItems + 1), ...(minItems > 0 ? [of(minItems - 1)] : [])] };
}

const examples = [
  `a_${'A'.repeat(22)}`,
  `c_${'A'.repeat(22)}`,
  `d_${'A'.repeat(22)}`,
  '0198c000-0000-7000-8000-000000000001',
  1,
  'x',
];

/** Something that an item may be. */
function goodOf(item: Bounded | undefined): unknown {
  if (item === undefined) return undefined;
  const check = Compile(item as never);
  return examples.find((example) => check.Check(example));
}

function hit(schema: Bounded, place: string): number {
  if (schema.properties !== undefined)
    return Object.entries(schema.properties).reduce((sum, [name, part]) => sum + hit(part, `${place}/${name}`), 0);
  const edges = edgesOf(schema);
  if (edges === null) return 0;
  const check = Compile(schema as never);
  for (const value of edges.good) assert.ok(check.Check(value), `${place} takes ${JSON.stringify(value).slice(0, 40)}`);
  for (const value of edges.bad)
    assert.ok(!check.Check(value), `${place} does not take ${JSON.stringify(value).slice(0, 40)}`);
  return 1;
}

test('[PRT4] [PRT8] at every bound of a frame a value is taken, beyond it none is', () => {
  const count = Object.entries(framesUp).reduce((sum, [type, schema]) => sum + hit(schema as Bounded, type), 0);
  assert.ok(count >= 30, `${count} bounds`);
});

test('[PRT4] [PRT8] at every bound of a route a value is taken, beyond it none is', () => {
  let count = 0;
  for (const [name, route] of Object.entries<Route>(routes))
    for (const part of ['params', 'query', 'body'] as const)
      count += hit((route[part] ?? {}) as Bounded, `${name} ${part}`);
  assert.ok(count >= 60, `${count} bounds`);
});
