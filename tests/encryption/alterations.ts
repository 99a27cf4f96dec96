// What a hostile server does to what it says: one part of it, or all of it, becomes something else, by chance and from a
// seed, so that it can be done again.
import fc from 'fast-check';

const anything = fc.oneof(
  fc.constantFrom(null, 0, -1, 0.5, 2 ** 53, 1e308, true, '', '{}', 'AAAA', [], {}, [null], [[]], { items: null }),
  fc.constantFrom('__proto__', 'constructor', JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}') as object),
  fc.string({ maxLength: 60 }),
  fc.constant('A'.repeat(100_000)),
  fc.constant(Array.from({ length: 2_000 }, () => ({}))),
);

/** One thing that is done to one part of an answer, or to all of it. */
export const changes = fc.record({
  /** Which part; 0 is the whole. */
  at: fc.nat(),
  /** Another part of the same answer, whose value it may get. */
  other: fc.nat(),
  how: fc.constantFrom('replaced', 'replaced', 'left out', 'cut', 'of another', 'repeated', 'turned around', 'refused'),
  to: anything,
});
export type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

type Place = readonly [within: Record<string, unknown>, name: string];

/** Every part of a value, from the whole of it down. */
function placesIn(whole: Record<string, unknown>): readonly Place[] {
  const places: Place[] = [];
  const visit = (within: Record<string, unknown>) => {
    for (const [name, part] of Object.entries(within)) {
      places.push([within, name]);
      if (typeof part === 'object' && part !== null) visit(part as Record<string, unknown>);
    }
  };
  visit(whole);
  return places;
}

/** The same value with one of its parts changed. */
export function altered(value: unknown, { at, other, how, to }: Change): unknown {
  const whole: Record<string, unknown> = { value: structuredClone(value) };
  const places = placesIn(whole);
  const [within, name] = places[at % places.length] as Place;
  const [fromWithin, fromName] = places[other % places.length] as Place;
  const part = within[name] as unknown;
  const row = typeof part === 'string' ? part : Array.isArray(part) ? (part as readonly unknown[]) : null;
  if (how === 'left out') delete within[name];
  else if (how === 'cut' && row !== null) within[name] = row.slice(0, row.length / 2);
  else if (how === 'of another') within[name] = structuredClone(fromWithin[fromName]);
  else if (how === 'repeated' && row !== null) within[name] = typeof row === 'string' ? row + row : [...row, ...row];
  else if (how === 'turned around' && row !== null && typeof row !== 'string') within[name] = row.toReversed();
  else within[name] = to;
  return whole.value;
}
