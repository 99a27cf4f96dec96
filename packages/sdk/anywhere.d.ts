// What every host of the SDK's core has beyond the language itself: browsers, Node and the simulation. The core is
// checked against this and nothing else (tsconfig.core.json), so that anything more must be asked for by a port.

/** Tells that somebody no longer waits. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Makes and triggers one `AbortSignal`. */
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortSignal: { abort(reason?: unknown): AbortSignal; any(signals: readonly AbortSignal[]): AbortSignal };
