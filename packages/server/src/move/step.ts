// What a move consists of: one step a kind of rows, copied in pages in the order of keys, then read back and compared.
// Copying the same again writes the same. Pure words; who moves is `move.ts`.

/** Where copying goes on: the key of the last row that is written. */
export type Cursor = readonly (string | number)[];

/** Some rows as they were read, and as they stand in the cluster, each as text. */
export interface Compared {
  readonly rows: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** One kind of rows. */
export interface Step {
  /** For people, and in the file that says where a move stands: it never changes. */
  readonly name: string;
  /** How many there are. `fades`: some of them may be over before they are compared. */
  readonly count: () => number;
  readonly fades?: true;
  /** Writes what comes after the cursor; each page stands on a quorum when it is yielded. */
  readonly copy: (after: Cursor | null) => AsyncIterable<{ readonly rows: number; readonly at: Cursor }>;
  /** All of it, from both sides. */
  readonly compare: () => AsyncIterable<Compared>;
}

/** A value as text that is the same for equal values: fields and entries of maps by name, bytes in base64. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Map) return sorted([...(each as ReadonlyMap<string, unknown>)]);
    if (each instanceof Uint8Array) return Buffer.from(each).toString('base64');
    if (each === null || typeof each !== 'object' || Array.isArray(each)) return each;
    return Object.fromEntries(sorted(Object.entries(each)));
  });
}

function sorted(entries: [string, unknown][]): [string, unknown][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
