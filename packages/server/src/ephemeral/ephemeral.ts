// Port of small values that live for minutes and are seen by all gateways: where two devices meet, which challenges were
// used. They may be lost at any time; whoever needs them fails closed then.

/** Values by key. Faults of the engine are `Unavailable`. */
export interface Ephemeral extends AsyncDisposable {
  /** Keeps it for so long, in milliseconds. `there`: another one is. `full`: there are too many. [EPH1] */
  create(key: string, value: string, ms: number): Promise<'done' | 'there' | 'full'>;
  /** Undefined: it is gone, or never was. [EPH1] */
  get(key: string): Promise<string | undefined>;
  /** Another value, only if it is still `before`; it ends when that would have. [EPH2] */
  replace(key: string, before: string, value: string): Promise<'done' | 'changed' | 'gone'>;
  remove(key: string): Promise<void>;
  /** Resolves soon after the value is another one than `seen` or is gone; after `ms`; or on abort. [EPH3] */
  changed(key: string, seen: string, ms: number, signal: AbortSignal): Promise<void>;
}
