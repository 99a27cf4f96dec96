// Bytes between the threads of the store, and inside its blobs: a batch of rows travels as few transferred buffers
// instead of thousands of cloned objects. Main thread and workers write and read the same few shapes.
// It must never look at what the values mean.
import { assert } from '../kernel/assert.ts';

/** What a column may hold. Integers are 0 to 2^53 − 1. */
export type SqlValue = null | number | string | Uint8Array;

const tagNull = 0;
const tagInteger = 1;
/** Text of ASCII characters only: most of ours, and quicker both ways. */
const tagAscii = 2;
const tagText = 3;
const tagBlob = 4;
/** A UUID in 16 bytes: a blob in the database. */
const tagUuid = 5;
/** The next name of the batch, and one that came up before. */
const tagNewName = 6;
const tagName = 7;
const uuidBytes = 16;
const uuidCharacters = 36;
const dash = 0x2d;
const hexDigits = '0123456789abcdef';
const hexValue = Int8Array.from({ length: 128 }, (_, code) => hexDigits.indexOf(String.fromCharCode(code)));
const blobLengthBytes = 4;
const maxVarintBytes = 8;
const exactInteger = 'an integer of a row is between 0 and 2^53 − 1';

/** Appends values to a buffer that grows. */
export class ValueWriter {
  #bytes: Buffer<ArrayBuffer>;
  #at = 0;
  readonly #names = new Map<string, number>();

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written, with a buffer of its own that may be transferred. The writer starts anew. */
  take(capacity: number): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#bytes.buffer, 0, this.#at);
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#at = 0;
    return taken;
  }

  value(value: SqlValue): void {
    if (typeof value === 'number') this.integer(value);
    else if (typeof value === 'string') this.text(value);
    else if (value === null) this.byte(tagNull);
    else this.blob(value);
  }

  integer(value: number | null): void {
    this.byte(value === null ? tagNull : tagInteger);
    if (value !== null) this.varint(value);
  }

  text(value: string | null): void {
    if (value === null) this.byte(tagNull);
    else this.bareText(value);
  }

  /** A text that comes up again and again: written once, a reference afterwards (also after `take`). */
  name(value: string): void {
    const known = this.#names.get(value);
    this.byte(known === undefined ? tagNewName : tagName);
    if (known !== undefined) this.varint(known);
    else {
      this.#names.set(value, this.#names.size);
      this.bareText(value);
    }
  }

  blob(value: Uint8Array): void {
    const start = this.beginBlob();
    this.bytes(value);
    this.endBlob(start);
  }

  /** Everything written until `endBlob` is one blob. */
  beginBlob(): number {
    this.byte(tagBlob);
    this.#room(blobLengthBytes);
    this.#at += blobLengthBytes;
    return this.#at;
  }

  endBlob(start: number): void {
    this.#bytes.writeUInt32LE(this.#at - start, start - blobLengthBytes);
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** Seven bits a byte, the lowest first. */
  varint(value: number): void {
    if (this.#at + maxVarintBytes > this.#bytes.length) this.#room(maxVarintBytes);
    assert(Number.isSafeInteger(value) && value >= 0, exactInteger);
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value;
    while (rest >= 0x10000000) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#at = at;
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A UUID as its 16 bytes; text that is none stays text, so that nothing is lost. */
  id(value: string): void {
    if (value.length !== uuidCharacters || !this.#uuid(value)) this.bareText(value);
  }

  /** Tag, length, characters. */
  bareText(value: string): void {
    const length = value.length;
    this.#room(1 + maxVarintBytes + 3 * length);
    const start = this.#at;
    this.byte(tagAscii);
    this.varint(length);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#at = start;
        this.#utf8(value);
        return;
      }
      bytes[at++] = code;
    }
    this.#at = at;
  }

  #uuid(value: string): boolean {
    this.#room(1 + uuidBytes);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = tagUuid;
    for (let i = 0; i < uuidCharacters; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) {
        if (value.charCodeAt(i) !== dash) return false;
        i++;
      }
      const high = hexValue[value.charCodeAt(i)] ?? -1;
      const low = hexValue[value.charCodeAt(i + 1)] ?? -1;
      if (high < 0 || low < 0) return false;
      bytes[at++] = (high << 4) | low;
    }
    this.#at = at;
    return true;
  }

  #utf8(value: string): void {
    this.byte(tagText);
    this.varint(Buffer.byteLength(value));
    this.#at += this.#bytes.write(value, this.#at);
  }

  #room(needed: number): void {
    if (this.#at + needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + needed));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

/** What the names of a batch stand for in the database. */
export interface NameNumbers {
  /** Numbers so far, in the order in which the names first came up. */
  readonly numbers: number[];
  give(name: string): number;
}

/** Reads values in the order in which they were written. Blobs are views of the same buffer. */
export class ValueReader {
  readonly #bytes: Buffer;
  readonly #names: NameNumbers | null;
  #at = 0;

  /** `names` is shared by the chunks of a batch. */
  constructor(bytes: Uint8Array, names: NameNumbers | null = null) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#names = names;
  }

  get position(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(): SqlValue {
    const tag = this.byte();
    if (tag === tagNull) return null;
    if (tag === tagInteger) return this.varint();
    if (tag === tagBlob) return this.bytes(this.#blobLength());
    if (tag === tagUuid) return this.bytes(uuidBytes);
    if (tag === tagName || tag === tagNewName) return this.#number(tag);
    return this.#characters(tag);
  }

  integer(): number {
    const value = this.integerOrNull();
    assert(value !== null, 'an integer is where one was written');
    return value;
  }

  integerOrNull(): number | null {
    const tag = this.byte();
    if (tag === tagNull) return null;
    assert(tag === tagInteger, 'an integer is where one was written');
    return this.varint();
  }

  text(): string {
    return this.#characters(this.byte());
  }

  textOrNull(): string | null {
    const tag = this.byte();
    return tag === tagNull ? null : this.#characters(tag);
  }

  /** An id that `ValueWriter.id` wrote, or the blob or text that the database made of it. */
  id(): string {
    const tag = this.byte();
    if (tag !== tagUuid && tag !== tagBlob) return this.#characters(tag);
    const hex = this.bytes(tag === tagUuid ? uuidBytes : this.#blobLength()).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** Steps into a blob; the position at which it ends, or null where there is none. */
  enterBlob(): number | null {
    const tag = this.byte();
    if (tag === tagNull) return null;
    assert(tag === tagBlob, 'a blob is where one was written');
    return this.#blobLength() + this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    assert(value !== undefined, 'a value ends before its bytes do');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    assert(Number.isSafeInteger(value), exactInteger);
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    assert(end <= this.#bytes.length, 'a value ends before its bytes do');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** The bytes from here to a position. */
  until(end: number): Uint8Array {
    const { buffer, byteOffset, length } = this.bytes(end - this.#at);
    return new Uint8Array(buffer, byteOffset, length);
  }

  #number(tag: number): number {
    const names = this.#names;
    assert(names !== null, 'a name is where names have numbers');
    if (tag === tagNewName) names.numbers.push(names.give(this.text()));
    const number = names.numbers[tag === tagName ? this.varint() : names.numbers.length - 1];
    assert(number !== undefined, 'a name came up before it is referred to');
    return number;
  }

  #blobLength(): number {
    return this.bytes(blobLengthBytes).readUInt32LE();
  }

  #characters(tag: number): string {
    assert(tag === tagAscii || tag === tagText, 'a text is where one was written');
    const length = this.varint();
    const start = this.#at;
    this.#at += length;
    assert(this.#at <= this.#bytes.length, 'a value ends before its bytes do');
    return this.#bytes.toString(tag === tagAscii ? 'latin1' : 'utf8', start, this.#at);
  }
}

/** An id as the database keeps it. */
export function idValue(id: string): SqlValue {
  const out = new ValueWriter(1 + uuidBytes);
  out.id(id);
  return new ValueReader(out.take(0)).value();
}
