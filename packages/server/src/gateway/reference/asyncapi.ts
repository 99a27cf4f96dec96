// The AsyncAPI 3.0 document of the WebSocket, from the two frame tables and nothing else.
import { closeCodes, framesDown, framesUp, subprotocol } from '@parley/protocol';
import { type JsonSchema, SchemaBook } from './schemas.ts';

/** The document for this version of the program. */
export function asyncApiDocument(version: string): JsonSchema {
  const book = new SchemaBook();
  const up = messages('up', framesUp, book);
  const down = messages('down', framesDown, book);
  const references = (names: readonly string[]) =>
    names.map((name) => ({ $ref: `#/channels/socket/messages/${name}` }));
  const all = { ...up, ...down };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version,
      description: [
        'The WebSocket of a Parley server: JSON text frames, told apart by `type`. Unknown types and fields are ignored by clients.',
        'Say `hello` first (or bring a token in a header or cookie); a token never stands in the address.',
        `Close codes: ${closings()}`,
      ].join('\n\n'),
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      here: { host: 'localhost:8420', protocol: 'wss', description: 'The server that serves this document.' },
    },
    channels: {
      socket: {
        address: '/v1/ws',
        title: 'Socket',
        description: `Subprotocol \`${subprotocol}\`, which may be left out.`,
        messages: Object.fromEntries(Object.keys(all).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      fromClient: {
        action: 'receive',
        channel: { $ref: '#/channels/socket' },
        summary: 'What a client sends.',
        messages: references(Object.keys(up)),
      },
      toClient: {
        action: 'send',
        channel: { $ref: '#/channels/socket' },
        summary: 'What the server sends.',
        messages: references(Object.keys(down)),
      },
    },
    components: { messages: all, schemas: book.components },
  };
}

function messages(
  direction: 'up' | 'down',
  frames: Readonly<Record<string, object>>,
  book: SchemaBook,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, schema]) => [
      `${direction}_${type}`,
      {
        name: type,
        title: type,
        summary: descriptionOf(schema) ?? (direction === 'up' ? 'From the client.' : 'From the server.'),
        contentType: 'application/json',
        payload: book.plain(schema),
      },
    ]),
  );
}

function descriptionOf(schema: object): string | null {
  return 'description' in schema && typeof schema.description === 'string' ? schema.description : null;
}

function closings(): string {
  return Object.entries(closeCodes)
    .map(([code, { reconnect, title }]) => `${code} ${title} ${reconnect ? 'Connect again.' : 'Do not connect again.'}`)
    .join(' ');
}
