// The input of a REST call, parsed by the schemas of its route: numbers of path and query are converted, and what the
// schema does not know is refused, so that a caller never believes that `admin: true` did something.
import type { Route } from '@parley/protocol';
import { wrongField } from '@parley/protocol/codec';
import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Result, refuse } from '../kernel/result.ts';

/** What arrived, not yet believed. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Parsed by the route's schemas; undefined where the route has none. */
export interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Reads the input of one route. Refuses with the path of the first field that is wrong. */
export type ReadInput = (raw: RawInput) => Result<Input, 'frame.invalid'>;

type Check = (value: unknown) => string | null;

/** The reader of this route. */
export function inputReader(route: Pick<Route, 'params' | 'query' | 'body'>): ReadInput {
  const checkParams = checker(route.params);
  const checkQuery = checker(route.query);
  const checkBody = checker(route.body);
  return (raw) => {
    const query = route.query === undefined ? raw.query : converted(raw.query, route.query as TObject);
    const body = raw.body ?? (route.body === undefined ? {} : raw.body);
    const params = route.params === undefined ? raw.params : converted(raw.params, route.params as TObject);
    const wrong = checkParams(params) ?? checkQuery(query) ?? checkBody(body);
    if (wrong !== null) return refuse('frame.invalid', { path: wrong });
    return {
      ok: true,
      value: {
        params: route.params && params,
        query: route.query && query,
        body: route.body && body,
      },
    };
  };
}

/** Says which field is wrong, or null. Without a schema nothing may be there. */
function checker(schema: TSchema | undefined): Check {
  const properties = new Set(Object.keys((schema as TObject | undefined)?.properties ?? {}));
  const validator = schema === undefined ? null : Compile(schema);
  return (value) => {
    if (validator !== null && !validator.Check(value)) return wrongField(validator.Errors(value));
    const unknown = Object.keys(value ?? {}).find((name) => !properties.has(name));
    return unknown === undefined ? null : `/${unknown}`;
  };
}

/** Text of a path or a query, as the types that the schema wants. What cannot be converted stays text, and is refused. */
function converted(query: unknown, schema: TObject): unknown {
  const values: Record<string, unknown> = { ...(query as Record<string, unknown>) };
  for (const [name, value] of Object.entries(values)) {
    const { type } = (schema.properties[name] ?? {}) as { type?: string };
    if (typeof value !== 'string') continue;
    if (type === 'integer' && /^-?\d{1,16}$/.test(value)) values[name] = Number(value);
    if (type === 'boolean' && (value === 'true' || value === 'false')) values[name] = value === 'true';
  }
  return values;
}
