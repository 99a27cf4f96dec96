// The bytes below a socket, as the gateway sees them: one write of whole frames at a time. `web-socket-wire.ts` is
// the host's; the simulation has its own. It promises order; it must never interpret a frame.

/** A finished WebSocket text frame of the server, header included. Shared: the same bytes go to many sockets. */
export type Framed = Uint8Array & { readonly __framed: true };

/** One connection's way out. Nothing here waits or throws; after `close` or `terminate` all of it does nothing. */
export interface Wire {
  /** Hands over the bytes of whole frames, in one write. */
  write(bytes: Uint8Array): void;
  /** Bytes handed over that the network has not taken. */
  readonly bufferedBytes: number;
  /** Stops and continues reading. Frames that were read already still arrive. */
  pause(): void;
  resume(): void;
  /** Begins the closing handshake; what was written before goes first. */
  close(code: number, reason: string): void;
  /** Ends at once, without a handshake. */
  terminate(): void;
}

const textOpcode = 0x81;
/** A protocol ping without payload. */
export const pingFrame = new Uint8Array([0x89, 0]) as Framed;

/** Bytes that the header of an unmasked frame with this payload takes. */
export function headerBytes(payloadBytes: number): number {
  return payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;
}

/** Writes the header of a text frame at `at`; returns where the payload begins. */
export function writeHeader(target: Buffer, at: number, payloadBytes: number): number {
  target[at] = textOpcode;
  if (payloadBytes < 126) {
    target[at + 1] = payloadBytes;
    return at + 2;
  }
  if (payloadBytes < 65_536) {
    target[at + 1] = 126;
    target[at + 2] = payloadBytes >> 8;
    target[at + 3] = payloadBytes & 255;
    return at + 4;
  }
  target[at + 1] = 127;
  target.writeUInt32BE(0, at + 2);
  target.writeUInt32BE(payloadBytes, at + 6);
  return at + 10;
}

/** A text frame around UTF-8 bytes. */
export function framed(payload: Uint8Array): Framed {
  const bytes = Buffer.allocUnsafe(headerBytes(payload.length) + payload.length);
  bytes.set(payload, writeHeader(bytes, 0, payload.length));
  return bytes as unknown as Framed;
}

/** A text frame around a text. */
export function framedText(text: string): Framed {
  return framed(Buffer.from(text, 'utf8'));
}
