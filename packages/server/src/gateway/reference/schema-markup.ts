// A schema as HTML: a table of its fields, with links to the named ones.
import { html, type Markup, prose } from './markup.ts';
import type { JsonSchema } from './schemas.ts';

interface Shown {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Shown>>;
  readonly required?: readonly string[];
  readonly items?: Shown;
  readonly anyOf?: readonly Shown[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** Fields of an object schema; a link when it is a named one. */
export function schemaMarkup(schema: JsonSchema): Markup {
  const shown = schema as Shown;
  if (shown.properties === undefined) return html`<p>${typeMarkup(shown)}</p>`;
  const rows = Object.entries(shown.properties).map(([name, field]) =>
    row(name, field, shown.required?.includes(name) ?? false),
  );
  if (rows.length === 0) return html`<p>Nothing.</p>`;
  return html`<div class="wide"><table><thead><tr><th>field</th><th>type</th><th>meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Every named schema, each with its anchor. */
export function namedSchemas(schemas: Readonly<Record<string, JsonSchema>>): Markup {
  const sections = Object.entries(schemas).map(
    ([name, schema]) => html`<section id="schema-${name}"><h3>${name}</h3>
${prose((schema as Shown).description ?? '')}${schemaMarkup(schema)}</section>`,
  );
  return html`${sections}`;
}

function row(name: string, field: Shown, isRequired: boolean): Markup {
  const inner = field.properties ?? field.items?.properties;
  return html`<tr><td><code>${name}</code>${isRequired ? '' : html` <small>optional</small>`}</td><td>${typeMarkup(field)}</td><td>${prose(field.description ?? '')}${
    inner === undefined ? '' : schemaMarkup((field.items ?? field) as JsonSchema)
  }</td></tr>`;
}

function typeMarkup(field: Shown): Markup {
  if (field.$ref !== undefined) {
    const name = field.$ref.slice(field.$ref.lastIndexOf('/') + 1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (field.anyOf !== undefined)
    return html`${field.anyOf.map((each, n) => html`${n === 0 ? '' : ' or '}${typeMarkup(each)}`)}`;
  if (field.const !== undefined) return html`<code>${JSON.stringify(field.const)}</code>`;
  if (field.enum !== undefined)
    return html`${field.enum.map((word, n) => html`${n === 0 ? '' : ', '}<code>${word}</code>`)}`;
  if (field.type === 'array')
    return html`list of ${typeMarkup(field.items ?? {})}${bounds('at most', field.maxItems, '')}`;
  if (field.type === 'integer') return html`integer${range(field.minimum, field.maximum)}`;
  if (field.type === 'string')
    return html`text${bounds('at most', field.maxLength, ' characters')}${field.pattern === undefined ? '' : html` <code class="pattern">${field.pattern}</code>`}`;
  return html`${field.type ?? 'anything'}`;
}

function bounds(words: string, bound: number | undefined, unit: string): string {
  return bound === undefined ? '' : `, ${words} ${bound}${unit}`;
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return minimum ? `, from ${minimum}` : '';
  return `, ${minimum ?? 0} to ${maximum}`;
}
