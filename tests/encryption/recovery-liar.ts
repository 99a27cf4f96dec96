// A server that alters what stands in the backup and in the vault, for tests of a new device.
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
