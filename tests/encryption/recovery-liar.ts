// A server that alters what stands in the backup and in the vault, for tests of a new device.
import assert from 'node:assert/strict';
import type { Man } from './man.ts';

export interface Row {
  readonly session_id: string;
  readonly value: string;
}

interface Item {
  readonly name: string;
  readonly value: string;
}

/** The same text with another character in the middle. */
export function altered(text: string): string {
  const at = Math.floor(text.length * 0.7);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

/** What the dehydrated device got would be read all the same. */
export function hideDehydrated(man: Man): void {
  man.answers.set('GET /v1/dehydrated-device', () => ({ status: 404, body: { status: 404, code: 'not_found' } }));
}

type RowChange = (row: Row, rows: readonly Row[]) => unknown;

/** Rows of a backup as none was ever put there: they open nothing. */
export const nonsenseRows: Readonly<Record<string, RowChange>> = {
  swapped: (row, rows) => ({ ...row, value: rows.find(({ value }) => value !== row.value)?.value ?? '' }),
  'of another epoch': (row) => ({ ...row, epoch: 7 }),
  'of another index': (row) => ({ ...row, first_index: 5 }),
  empty: (row) => ({ ...row, value: '' }),
  'no row at all': () => ({ value: 'no row at all' }),
};

/** From here on rows are what this says. Counts them. */
export function alterRows(man: Man, change: RowChange): { count: number } {
  const told = { count: 0 };
  const page = (body: { readonly items: readonly Row[] }) => {
    told.count += body.items.length;
    return { ...body, items: body.items.map((row) => change(row, body.items)) };
  };
  hideDehydrated(man);
  man.alter('GET /v1/backup', page);
  man.alter('POST /v1/backup/query', page);
  return told;
}

export function alterItems(man: Man, change: (item: Item) => Item | null): void {
  man.alter('GET /v1/vault', (body: { readonly items: readonly Item[] }) => ({
    ...body,
    items: body.items.map(change).filter((item) => item !== null),
  }));
}

const alterItem = (name: string, to: (value: string) => string) => (item: Item) =>
  item.name === name ? { ...item, value: to(item.value) } : item;

const swapped = (value: string) => {
  const half = JSON.parse(value) as { readonly x25519: string; readonly ed25519: string };
  return JSON.stringify({ ...half, x25519: half.ed25519, ed25519: half.x25519 });
};

/** A vault of which one of these is true is not that of the recovery key. */
export const refusedItems: readonly ((item: Item) => Item | null)[] = [
  alterItem('recovery', swapped),
  alterItem('recovery', altered),
  alterItem('identity', altered),
  (item) => (item.name === 'identity' ? null : item),
  (item) => (item.name === 'recovery' ? null : item),
  (item) => ({ ...item, value: '{' }),
];

/** Keys of the vault that nothing else hangs on. */
export const alterOthers = (item: Item): Item =>
  ['settings', 'dehydrated'].includes(item.name) ? { ...item, value: altered(item.value) } : item;

/** The vault says nothing of the second epoch of the backup. */
export function keepsEpochBack(man: Man): void {
  const firstOnly = (value: string) => {
    const { epochs } = JSON.parse(value) as { readonly epochs: readonly { readonly epoch: number }[] };
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      [1, 2],
    );
    return JSON.stringify({ epochs: epochs.filter(({ epoch }) => epoch === 1) });
  };
  hideDehydrated(man);
  alterItems(man, alterItem('backup', firstOnly));
}

/** For which epochs this client puts keys into the backup. */
export function epochsKept(man: Man): readonly number[] {
  const epochs: number[] = [];
  man.answers.set('POST /v1/backup', (request, honest) => {
    const { items } = request.body as { readonly items: readonly { readonly epoch: number }[] };
    epochs.push(...items.map(({ epoch }) => epoch));
    return honest(request);
  });
  return epochs;
}
