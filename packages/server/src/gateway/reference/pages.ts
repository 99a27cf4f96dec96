// The reference as pages: plain HTML and one style sheet, made from the same documents that machines read.
import { closeCodes, errors } from '@parley/protocol';
import { adviceMeanings } from './errors-page.ts';
import { html, type Markup, prose } from './markup.ts';
import { namedSchemas, schemaMarkup } from './schema-markup.ts';
import type { JsonSchema } from './schemas.ts';

/** One page, or the style sheet. */
export interface ReferencePage {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: JsonSchema;
    readonly required: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }
    >
  >;
}

/** All pages of the reference. */
export function referencePages(openApi: JsonSchema, asyncApi: JsonSchema): readonly ReferencePage[] {
  const page = (path: string, title: string, body: Markup): ReferencePage => ({
    path,
    type: 'text/html; charset=utf-8',
    body: framed(title, body).text,
  });
  return [
    page('/docs', 'Reference', overview()),
    page('/docs/rest', 'REST', restPage(openApi)),
    page('/docs/socket', 'WebSocket', socketPage(asyncApi)),
    page('/docs/errors', 'Refusals', errorsPage()),
    { path: '/docs/style.css', type: 'text/css; charset=utf-8', body: styles },
  ];
}

function framed(title: string, body: Markup): Markup {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title} · Parley</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><header><a href="/docs">Parley reference</a><nav aria-label="Reference"><a href="/docs/rest">REST</a><a href="/docs/socket">WebSocket</a><a href="/docs/errors">Refusals</a></nav></header>
<main><h1>${title}</h1>${body}</main></body></html>
`;
}

function overview(): Markup {
  return html`<p>Two interfaces, made from one set of schemas.</p>
<ul><li><a href="/docs/socket">WebSocket</a>: live messages, receipts, typing, presence. For machines: <a href="/asyncapi.json">AsyncAPI 3.0</a>.</li>
<li><a href="/docs/rest">REST</a>: accounts, conversations, history. For machines: <a href="/openapi.json">OpenAPI 3.1</a>.</li>
<li><a href="/docs/errors">Refusals</a>: every code, what to do about it, and what a close of the socket means.</li></ul>
<h2>How it sounds</h2>
<pre>→ {"type":"hello","token":"…","protocol":1}
← {"type":"welcome","account":"a_…","handle":"ana","heartbeat_ms":25000,…}
← {"type":"changes","items":[…],"has_more":false,"since":"…"}
→ {"type":"message","ref":"1","id":"0198…","conversation_id":"c_…","content":"Hello"}
← {"type":"sent","ref":"1","id":"0198…","conversation_id":"c_…"}          durable: one tick
← {"type":"message","id":"0198…","conversation_id":"c_…","seq":42,…}      to every device of every member
→ {"type":"received","conversation_id":"c_…","seq":42}
→ {"type":"read","conversation_id":"c_…","seq":42}</pre>`;
}

function restPage(document: JsonSchema): Markup {
  const { paths, components, tags } = document as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
    readonly tags: readonly { readonly name: string; readonly description: string }[];
  };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(
    ({ name, description }) =>
      html`<h2 id="${name}">${description}</h2>${all
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ path, method, operation }) => operationMarkup(path, method, operation))}`,
  );
  return html`<p>A bearer token goes into <code>Authorization</code>; browsers hold a cookie. Pages are cursors: give <code>next_cursor</code> back. Fields that a route does not know are refused. Limits stand in the <code>RateLimit</code> headers.</p>
${sections}<h2>Named schemas</h2>${namedSchemas(components.schemas)}`;
}

function operationMarkup(path: string, method: string, operation: Operation): Markup {
  const [success] = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const refused = Object.entries(operation.responses).filter(([status]) => !status.startsWith('2'));
  const body = operation.requestBody?.content['application/json'];
  const result = success?.[1].content?.['application/json'];
  const inputs = Object.fromEntries(operation.parameters.map((each) => [each.name, each.schema]));
  const required = operation.parameters.filter((each) => each.required).map((each) => each.name);
  return html`<section id="${operation.operationId}"><h3><code>${method} ${path}</code></h3><p>${prose(operation.summary)}${
    operation.security.length === 0 ? html` <small>No sign-in needed.</small>` : ''
  }</p>${operation.parameters.length === 0 ? '' : html`<h4>Address</h4>${schemaMarkup({ properties: inputs, required })}`}${
    body === undefined ? '' : html`<h4>Body</h4>${schemaMarkup(body.schema)}`
  }<h4>Answer ${success?.[0] ?? ''}</h4>${result === undefined ? html`<p>Nothing.</p>` : schemaMarkup(result.schema)}<details><summary>Refusals</summary><ul>${refused.map(
    ([status, { description }]) => html`<li>${status}: ${prose(description)}</li>`,
  )}</ul></details></section>`;
}

function socketPage(document: JsonSchema): Markup {
  const { components, channels } = document as {
    readonly components: {
      readonly messages: Readonly<
        Record<string, { readonly name: string; readonly summary: string; readonly payload: JsonSchema }>
      >;
      readonly schemas: Readonly<Record<string, JsonSchema>>;
    };
    readonly channels: { readonly socket: { readonly address: string } };
  };
  const list = (direction: string) =>
    Object.entries(components.messages)
      .filter(([key]) => key.startsWith(direction))
      .map(
        ([key, { name, payload, summary }]) =>
          html`<section id="${key}"><h3><code>${name}</code></h3><p>${prose(summary)}</p>${schemaMarkup(payload)}</section>`,
      );
  return html`<p>Connect to <code>${channels.socket.address}</code>. Frames are JSON objects told apart by <code>type</code>; ignore types and fields that you do not know. A request with a <code>ref</code> is answered with the same.</p>
<h2>From the client</h2>${list('up_')}<h2>From the server</h2>${list('down_')}<h2>Named schemas</h2>${namedSchemas(components.schemas)}`;
}

function errorsPage(): Markup {
  const advice = Object.entries(adviceMeanings).map(
    ([name, meaning]) => html`<tr><td><code>${name}</code></td><td>${prose(meaning)}</td></tr>`,
  );
  const codes = Object.entries(errors).map(
    ([code, { advice: what, close, status, title }]) =>
      html`<tr id="${code}"><td><code>${code}</code></td><td>${what}</td><td>${status}</td><td>${close ?? ''}</td><td>${prose(title)}</td></tr>`,
  );
  const closings = Object.entries(closeCodes).map(
    ([code, { reconnect, title }]) =>
      html`<tr><td>${code}</td><td>${reconnect ? 'yes' : 'no'}</td><td>${title}</td></tr>`,
  );
  return html`<p>Act on <code>advice</code>, show by <code>code</code>, never read the text.</p>
<table><thead><tr><th>advice</th><th>what to do</th></tr></thead><tbody>${advice}</tbody></table>
<h2>Codes</h2><div class="wide"><table><thead><tr><th>code</th><th>advice</th><th>HTTP</th><th>closes with</th><th>meaning</th></tr></thead><tbody>${codes}</tbody></table></div>
<h2>Close codes</h2><table><thead><tr><th>code</th><th>connect again</th><th>meaning</th></tr></thead><tbody>${closings}</tbody></table>`;
}

const styles = `:root { color-scheme: light dark; --line: light-dark(#d8d8d2, #3a3a38); --quiet: light-dark(#5c5c57, #a9a9a2); --paper: light-dark(#fdfdfb, #161615); --ink: light-dark(#1b1b19, #ececE6); --link: light-dark(#0b5f4a, #6fd3b5); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: .75rem 1.25rem; border-block-end: 1px solid var(--line); position: sticky; inset-block-start: 0; background: var(--paper); }
header > a { font-weight: 600; }
nav { display: flex; gap: 1.25rem; }
main { max-inline-size: 62rem; margin-inline: auto; padding: 0 1.25rem 4rem; }
a { color: var(--link); }
h2 { margin-block-start: 2.5rem; }
section { border-block-start: 1px solid var(--line); padding-block: .75rem; scroll-margin-block-start: 4rem; }
h3 { margin-block: .25rem; }
h4 { margin-block: 1rem .25rem; font-size: .9rem; color: var(--quiet); }
small, summary { color: var(--quiet); }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
.wide { overflow-x: auto; }
.pattern { overflow-wrap: anywhere; color: var(--quiet); }
table { border-collapse: collapse; inline-size: 100%; font-size: .9rem; }
th { text-align: start; color: var(--quiet); font-weight: 600; }
th, td { padding: .35rem .75rem .35rem 0; border-block-end: 1px solid var(--line); vertical-align: top; }
tr:target, section:target { outline: 2px solid var(--link); outline-offset: 4px; }
`;
