// Schemas of the protocol as plain JSON Schema, the named ones collected once and referred to. Shared by both documents.

/** A JSON Schema. */
export type JsonSchema = { readonly [name: string]: unknown };

/** Collects named schemas while others are made plain. */
export class SchemaBook {
  readonly #named = new Map<string, JsonSchema>();

  /** The named schemas, by name. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#named].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** The schema as JSON, with references to named ones. */
  plain(schema: unknown): JsonSchema {
    return this.#plain(schema) as JsonSchema;
  }

  #plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#plain(each));
    if (typeof value !== 'object' || value === null) return value;
    const { $id, ...rest } = value as { readonly $id?: unknown };
    const own = () => Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, this.#plain(each)]));
    if (typeof $id !== 'string') return own();
    if (!this.#named.has($id)) {
      this.#named.set($id, {});
      this.#named.set($id, own());
    }
    return { $ref: `#/components/schemas/${$id}` };
  }
}
