// Reading JSON that others wrote: fields that are not believed yet, and nothing where there are none.

/** Fields of an object, of any kind. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of the JSON object in this text; none where it is something else. */
export function fieldsOf(text: string): Fields {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return {};
  }
}

/** The fields of an object; none where the value is something else. */
export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** A whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
