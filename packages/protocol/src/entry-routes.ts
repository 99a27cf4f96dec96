// Routes of the signed member list of a group: its entries, and ways to bring somebody in. [MEM]
import Type from 'typebox';
import { InviteView } from './account-routes.ts';
import { AccountId } from './ids.ts';
import * as limits from './limits.ts';
import { EntryHash, EntryPage, LinkRef, SignedEntry, WayIn } from './membership.ts';
import { AtLeastMembers, ConversationPath } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Seq } from './schema.ts';

export const entryRoutes = {
  listEntries: {
    method: 'GET',
    path: '/v1/conversations/{conversation_id}/entries',
    summary: 'Entries of the member list of a group, from the first one or behind `after`. Members only.',
    auth: 'device',
    rate: 'read',
    params: ConversationPath,
    query: Type.Object({
      after: Type.Optional(Integer('Only entries with a greater `n`.')),
      limit: Type.Optional(Integer('Most items.', 1, limits.maxPageItems)),
      ...AtLeastMembers,
    }),
    result: EntryPage,
    status: 200,
    errors: ['auth.required', 'conversation.denied'],
  },
  appendEntry: {
    method: 'POST',
    path: '/v1/conversations/{conversation_id}/entries',
    summary: 'Change the member list of a group by a signed entry. The same entry again gives the same answer.',
    auth: 'device',
    rate: 'write',
    params: ConversationPath,
    body: Type.Object({ entry: SignedEntry }),
    result: Type.Object({ n: Integer('Of the entry.', 1), seq: Seq }),
    status: 201,
    errors: [
      'auth.required',
      'frame.invalid',
      'conversation.denied',
      'conversation.role',
      'conversation.full',
      'conversation.too_many',
      'members.stale',
      'members.conflict',
      'members.declined',
      'members.ask',
      'members.unsigned',
      'account.unknown',
      'invite.invalid',
      'invite.too_many',
      'request.limit',
    ],
  },
  findWays: {
    method: 'POST',
    path: '/v1/conversations/ways',
    summary: 'Who of these can be added to a group at once, and who has to be asked.',
    auth: 'device',
    rate: 'read',
    body: Type.Object({ accounts: Type.Array(AccountId, { minItems: 1, maxItems: limits.maxFoundingMembers }) }),
    result: Type.Object({ items: Type.Array(WayIn, { maxItems: limits.maxFoundingMembers }) }),
    status: 200,
    errors: ['auth.required'],
  },
  inspectLink: {
    method: 'POST',
    path: '/v1/links/inspect',
    summary: 'Where a link of a group leads, by its public key. Redeems nothing.',
    auth: 'none',
    rate: 'credentials',
    body: LinkRef,
    result: Type.Object({
      ...InviteView.properties,
      member_n: Integer('Of the newest entry of the member list.', 1),
      member_head: EntryHash,
    }),
    status: 200,
    errors: ['invite.invalid'],
  },
} as const satisfies Readonly<Record<string, Route>>;
