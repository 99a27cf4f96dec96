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

/** Text as UTF-8 and back; `decode` throws for bytes that are no text. */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label: 'utf-8', options: { readonly fatal: true; readonly ignoreBOM: true });
  decode(bytes: Uint8Array): string;
}

/** A key in the hands of the host. */
interface CryptoKey {
  readonly type: 'public' | 'private' | 'secret';
}
interface CryptoKeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}
/** As much of WebCrypto as `crypto/primitives.ts` uses. */
interface HostAlgorithm {
  readonly name: string;
  readonly iv?: Uint8Array<ArrayBuffer>;
  readonly additionalData?: Uint8Array<ArrayBuffer>;
}
declare const crypto: {
  readonly subtle: {
    importKey(
      format: 'raw' | 'pkcs8',
      bytes: Uint8Array<ArrayBuffer>,
      algorithm: HostAlgorithm,
      extractable: boolean,
      usages: readonly string[],
    ): Promise<CryptoKey>;
    exportKey(format: 'jwk', key: CryptoKey): Promise<{ readonly x?: string }>;
    digest(algorithm: HostAlgorithm, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    encrypt(algorithm: HostAlgorithm, key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    decrypt(algorithm: HostAlgorithm, key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    sign(algorithm: HostAlgorithm, key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
    verify(
      algorithm: HostAlgorithm,
      key: CryptoKey,
      signature: Uint8Array<ArrayBuffer>,
      bytes: Uint8Array<ArrayBuffer>,
    ): Promise<boolean>;
  };
};
