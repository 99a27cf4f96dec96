// A folder in memory that forgets like a disk: what was written, what is synced, and in between any page and any name
// that a power cut happens to keep. For the simulation and the tests of the log; deterministic given its choices.
import { type Disk, type DiskFile, DiskFull } from './disk.ts';

/** Survives a power cut whole or not at all. */
export const pageBytes = 4_096;

/** What the log is about to do. */
export interface DiskOperation {
  readonly kind: 'list' | 'create' | 'open' | 'rename' | 'remove' | 'sync_folder' | 'read' | 'write' | 'datasync';
  readonly name: string;
  readonly bytes: number;
}

/** How an operation fails. A write first puts `written` bytes into the file. */
export interface DiskFault {
  readonly error: Error;
  readonly written?: number;
}

/** Decides how an operation goes: well when it answers nothing, later when it answers a promise. */
export type Fate = (operation: DiskOperation) => DiskFault | undefined | Promise<DiskFault | undefined>;

/** Picks one of `options`: 0 … options − 1. */
export type Pick = (options: number) => number;

/** The folder. Copies of it (`fork`, `powerCut`) share nothing with it, so what a dead owner still does is lost. */
export class MemoryDisk implements Disk {
  /** Changed at will by a test. */
  fate: Fate = () => undefined;
  /** Bytes that all files may hold together. */
  capacityBytes = Number.POSITIVE_INFINITY;
  #names = new Map<string, Inode>();
  #syncedNames = new Map<string, Inode>();
  /** Changes of names that no `syncFolder` has covered: each says what stands under which names afterwards. */
  #pending: (readonly [string, Inode | null])[][] = [];

  async list(): Promise<readonly string[]> {
    await this.#go('list', '');
    return [...this.#names.keys()];
  }

  async create(name: string): Promise<DiskFile> {
    await this.#go('create', name);
    const inode = new Inode();
    this.#change([[name, inode]]);
    return this.#handle(name, inode);
  }

  async open(name: string): Promise<DiskFile> {
    await this.#go('open', name);
    return this.#handle(name, this.#inode(name));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#go('rename', from);
    this.#change([
      [from, null],
      [to, this.#inode(from)],
    ]);
  }

  async remove(name: string): Promise<void> {
    await this.#go('remove', name);
    this.#inode(name);
    this.#change([[name, null]]);
  }

  async syncFolder(): Promise<void> {
    await this.#go('sync_folder', '');
    this.#syncedNames = new Map(this.#names);
    this.#pending = [];
  }

  /** What the next process finds when only the process died: everything that was written, synced or not. */
  fork(): MemoryDisk {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? inode.fork();
      copies.set(inode, copy);
      return copy;
    };
    const next = new MemoryDisk();
    for (const [name, inode] of this.#names) next.#names.set(name, copyOf(inode));
    for (const [name, inode] of this.#syncedNames) next.#syncedNames.set(name, copyOf(inode));
    next.#pending = this.#pending.map((change) =>
      change.map(([name, inode]) => [name, inode === null ? null : copyOf(inode)] as const),
    );
    return next;
  }

  /** What is there when the power comes back: all that was synced, and of the rest what `pick` keeps. */
  powerCut(pick: Pick): MemoryDisk {
    const names = new Map(this.#syncedNames);
    for (const change of this.#pending) if (pick(2) === 1) applyChange(names, change);
    const next = new MemoryDisk();
    for (const [name, inode] of names) next.#names.set(name, inode.afterPowerCut(pick));
    next.#syncedNames = new Map(next.#names);
    return next;
  }

  /** The bytes of a file, as a process reads them now. */
  contents(name: string): Uint8Array {
    return this.#inode(name).contents();
  }

  /** Puts a file there, synced, as an operator or a rotten sector would. */
  plant(name: string, bytes: Uint8Array): void {
    const inode = new Inode();
    inode.write(bytes, 0);
    inode.datasync();
    this.#names.set(name, inode);
    this.#syncedNames.set(name, inode);
  }

  /** Takes a file away, as an operator would. */
  uproot(name: string): void {
    this.#names.delete(name);
    this.#syncedNames.delete(name);
  }

  /** Turns one bit, in what is synced too. */
  flipBit(name: string, position: number, bit: number): void {
    const bytes = this.contents(name);
    const old = bytes[position];
    if (old === undefined) throw new Error('the file ends before that byte');
    bytes[position] = old ^ (1 << bit);
    this.plant(name, bytes);
  }

  #handle(name: string, inode: Inode): DiskFile {
    return {
      size: async () => inode.size,
      read: async (into, position) => {
        await this.#go('read', name, into.length);
        return inode.read(into, position);
      },
      write: (bytes, position) => this.#write(name, inode, bytes, position),
      datasync: async () => {
        const fault = await this.fate({ kind: 'datasync', name, bytes: 0 });
        if (fault === undefined) return inode.datasync();
        inode.forgetDirty();
        throw fault.error;
      },
      close: async () => {},
    };
  }

  async #write(name: string, inode: Inode, bytes: Uint8Array, position: number): Promise<void> {
    const fault = await this.fate({ kind: 'write', name, bytes: bytes.length });
    if (fault !== undefined) {
      inode.write(bytes.subarray(0, fault.written ?? 0), position);
      throw fault.error;
    }
    const room = this.capacityBytes - this.#usedBytes() + inode.size - position;
    inode.write(bytes.subarray(0, Math.max(0, Math.min(bytes.length, room))), position);
    if (room < bytes.length && position + bytes.length > inode.size) throw new DiskFull('the disk in memory is full');
  }

  async #go(kind: DiskOperation['kind'], name: string, bytes = 0): Promise<void> {
    const fault = await this.fate({ kind, name, bytes });
    if (fault !== undefined) throw fault.error;
  }

  #change(change: (readonly [string, Inode | null])[]): void {
    applyChange(this.#names, change);
    this.#pending.push(change);
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw Object.assign(new Error(`no file ${name}`), { code: 'ENOENT' });
    return inode;
  }

  #usedBytes(): number {
    let bytes = 0;
    for (const inode of this.#names.values()) bytes += inode.size;
    return bytes;
  }
}

function applyChange(names: Map<string, Inode>, change: (readonly [string, Inode | null])[]): void {
  for (const [name, inode] of change) {
    if (inode === null) names.delete(name);
    else names.set(name, inode);
  }
}

/** One file on two planes. */
class Inode {
  size = 0;
  #written = new Uint8Array(0);
  #synced = new Uint8Array(0);
  #syncedSize = 0;
  /** Every content that a page had since the last sync: the disk may hold any of them, or the synced one. */
  #dirty = new Map<number, Uint8Array[]>();

  read(into: Uint8Array, position: number): number {
    const end = Math.min(this.size, position + into.length);
    if (end <= position) return 0;
    into.set(this.#written.subarray(position, end));
    return end - position;
  }

  contents(): Uint8Array {
    return this.#written.slice(0, this.size);
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.#written = grown(this.#written, end);
    this.#written.set(bytes, position);
    this.size = Math.max(this.size, end);
    for (let page = Math.floor(position / pageBytes); page * pageBytes < end; page++) {
      const versions = this.#dirty.get(page) ?? [];
      versions.push(this.#page(page));
      this.#dirty.set(page, versions);
    }
  }

  datasync(): void {
    this.#synced = grown(this.#synced, this.size);
    for (const page of this.#dirty.keys()) this.#synced.set(this.#page(page), page * pageBytes);
    this.#syncedSize = this.size;
    this.#dirty.clear();
  }

  /** A failed sync: the pages count as clean, so that no later sync writes them unless they change again. */
  forgetDirty(): void {
    this.#dirty.clear();
  }

  fork(): Inode {
    const copy = new Inode();
    copy.size = this.size;
    copy.#written = this.#written.slice();
    copy.#synced = this.#synced.slice();
    copy.#syncedSize = this.#syncedSize;
    for (const [page, versions] of this.#dirty) copy.#dirty.set(page, [...versions]);
    return copy;
  }

  afterPowerCut(pick: Pick): Inode {
    const after = new Inode();
    after.write(this.#synced.subarray(0, this.#syncedSize), 0);
    for (const [page, versions] of this.#dirty) {
      const kept = versions[pick(versions.length + 1) - 1];
      if (kept !== undefined) after.write(kept.subarray(0, this.size - page * pageBytes), page * pageBytes);
    }
    after.datasync();
    return after;
  }

  #page(page: number): Uint8Array {
    return this.#written.slice(page * pageBytes, Math.min((page + 1) * pageBytes, this.size));
  }
}

/** The same bytes in at least `size` of whole pages, doubling. */
function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  if (size <= bytes.length && bytes.buffer instanceof ArrayBuffer) return bytes as Uint8Array<ArrayBuffer>;
  const larger = new Uint8Array(Math.ceil(Math.max(size, bytes.length * 2) / pageBytes) * pageBytes);
  larger.set(bytes);
  return larger;
}
