// People for end-to-end tests: accounts made over REST, and a direct chat that both have accepted.
import type { AccountId, ConversationId } from '@parley/protocol';
import { RawClient } from './raw-client.ts';
import { call } from './rest.ts';
import { shaped } from './shape.ts';

export const password = 'correct horse battery';

export interface Person {
  readonly handle: string;
  readonly token: string;
  readonly account: AccountId;
  readonly client: RawClient;
}

/** A new account of an open server. */
export async function signUp(url: string, handle: string): Promise<Person> {
  const session = await call<{ token: string; me: { account: AccountId } }>(url, 'POST', '/v1/accounts', {
    body: { handle, name: handle, password, device_name: 'test' },
  });
  const { account } = session.me;
  return { handle, account, token: session.token, client: new RawClient(account, session.token) };
}

/** The chat of these two, accepted, in which both have written. */
export async function directChat(url: string, from: Person, to: Person): Promise<ConversationId> {
  const { conversation_id: id } = await call<{ conversation_id: ConversationId }>(url, 'POST', '/v1/conversations', {
    token: from.token,
    body: { kind: 'direct', account: to.account },
  });
  await call(url, 'POST', `/v1/conversations/${id}/messages`, { token: from.token, body: shaped('hello') });
  await call(url, 'POST', `/v1/conversations/${id}/accept`, { token: to.token, body: {} });
  await call(url, 'POST', `/v1/conversations/${id}/messages`, { token: to.token, body: shaped('hello') });
  return id;
}

/** Resolves when the client has so many ticks. */
export async function ticked({ client }: Person, count: number): Promise<void> {
  while (client.history.acked.size < count) await client.progress();
}

/** Resolves when everything that the client said has come back. */
export async function confirmed({ client }: Person): Promise<void> {
  while (client.pending > 0) await client.progress();
}
