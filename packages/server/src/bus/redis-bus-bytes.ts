// Fields of the bus as bytes, written into one buffer that grows and read from a view. Ids are short and of ASCII. A read
// beyond the end is a RangeError: those bytes are no message.
import { assert } from '../kernel/assert.ts';

const numberBytes = 8;
const lengthBytes = 4;
const maxIdBytes = 255;
const maxIds = 65_535;
/** Room that a writer begins with. */
const leastBytes = 1_024;
const mostBytes = 256 * 1_024;

/** Bytes that are being written. */
export class BytesWriter {
  #bytes: Buffer;
  #at: number;

  /** Leaves room for a head. */
  constructor(headBytes: number) {
    this.#bytes = Buffer.allocUnsafe(leastBytes);
    this.#at = headBytes;
  }

  get length(): number {
    return this.#at;
  }

  /** Begins a part, whose length is not known yet. */
  begin(): number {
    this.#room(lengthBytes);
    this.#at += lengthBytes;
    return this.#at;
  }

  /** Ends the part that began there. */
  end(start: number): void {
    this.#bytes.writeUInt32BE(this.#at - start, start - lengthBytes);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  number(value: number): void {
    this.#room(numberBytes);
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  id(value: string): void {
    assert(value.length <= maxIdBytes, 'an id on the bus is short');
    this.#room(1 + value.length);
    this.#bytes[this.#at] = value.length;
    this.#at += 1 + this.#bytes.write(value, this.#at + 1, 'latin1');
  }

  ids(values: readonly string[]): void {
    assert(values.length <= maxIds, 'a hint names fewer than 65,536');
    this.#room(2);
    this.#at = this.#bytes.writeUInt16BE(values.length, this.#at);
    for (const value of values) this.id(value);
  }

  /** The last field of a part: its bytes as they are. */
  rest(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** What was written; the next begins behind a new head. */
  take(headBytes: number): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    // The next one is likely to be as long.
    this.#bytes = Buffer.allocUnsafe(Math.max(leastBytes, Math.min(mostBytes, Math.ceil(1.25 * taken.length))));
    this.#at = headBytes;
    return taken;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** Bytes that are being read. */
export class BytesReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#step(1));
  }

  number(): number {
    return this.#bytes.readDoubleBE(this.#step(numberBytes));
  }

  text(length: number): string {
    const at = this.#step(length);
    return this.#bytes.toString('latin1', at, at + length);
  }

  id<Id extends string>(): Id {
    return this.text(this.byte()) as Id;
  }

  ids<Id extends string>(): readonly Id[] {
    const count = this.#bytes.readUInt16BE(this.#step(2));
    const ids: Id[] = [];
    for (let n = 0; n < count; n++) ids.push(this.id<Id>());
    return ids;
  }

  /** The next part, by itself. */
  part(): BytesReader {
    const length = this.#bytes.readUInt32BE(this.#step(lengthBytes));
    const at = this.#step(length);
    return new BytesReader(this.#bytes.subarray(at, at + length));
  }

  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  #step(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new RangeError('the message ends before that');
    this.#at = at + bytes;
    return at;
  }
}
