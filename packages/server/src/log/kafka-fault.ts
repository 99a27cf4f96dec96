// Why Kafka did not do what was asked, in codes alone: what its client says beside may carry names, addresses or content.
import { Unavailable } from '../kernel/result.ts';

/** How deep causes are followed, and how many codes are told. */
const maxCauses = 10;
const maxCodes = 5;

/** `what` was not done, with the innermost codes of the reason. */
export function kafkaFault(what: string, cause: unknown): Unavailable {
  return new Unavailable(`${what} (${[...codesIn(cause)].sort().slice(0, maxCodes).join(', ')})`, { cause });
}

function codesIn(error: unknown): ReadonlySet<string> {
  const codes = new Set<string>();
  let level = [error];
  for (let depth = 0; depth < maxCauses && level.length > 0; depth++)
    level = level.flatMap((each) => {
      const inner = innerOf(each);
      if (inner.length === 0) codes.add(codeOf(each));
      return inner;
    });
  return codes;
}

/** Errors that this one is made of; none where a broker gave a code. */
function innerOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error) || 'apiId' in error) return [];
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [...errors, error.cause].filter((each) => each instanceof Error);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { apiId, code, name } = error as Error & { readonly apiId?: unknown; readonly code?: unknown };
  return [apiId, code, name].find((each): each is string => typeof each === 'string' && /^\w+$/.test(each)) ?? 'Error';
}
