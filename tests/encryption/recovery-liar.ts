// A server that alters what stands in the backup and in the vault, for tests of a new device.
import assert from 'node:assert/strict';
import type { Man } from './man.ts';

export interface Row {
  readonly session_id: string;
  readonly value: string;
}

export interface Item {
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

export function alterRows(man: Man, change: (row: Row, at: number, rows: readonly Row[]) => unknown): void {
  const page = (body: { readonly items: readonly Row[] }) => ({ ...body, items: body.items.map(change) });
  hideDehydrated(man);
  man.alter('GET /v1/backup', page);
  man.alter('POST /v1/backup/query', page);
}

export function alterItems(man: Man, change: (item: Item) => Item | null): void {
  man.alter('GET /v1/vault', (body: { readonly items: readonly Item[] }) => ({
    ...body,
    items: body.items.map(change).filter((item) => item !== null),
  }));
}

export const alterItem = (name: string, to: (value: string) => string) => (item: Item) =>
  item.name === name ? { ...item, value: to(item.value) } : item;

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
