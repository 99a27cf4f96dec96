// Adding people to a group or room, one after the other, and what became of each: in at once, invited and why, or not.
import type { ChatErrorCode, Client, Members, PersonView } from '@parley/sdk';
import { words } from '../words/words.ts';

/** What became of one of them. */
export interface Added {
  readonly person: PersonView;
  readonly outcome: 'added' | 'invited' | 'refused';
  /** Why they are only invited, or not even that, or what went wrong after they were added. */
  readonly hint: string;
}

/** These are about the person; anything else would meet the next one as well. */
const ofOne: readonly ChatErrorCode[] = [
  'account.unknown',
  'account.guest',
  'members.conflict',
  'members.declined',
  'conversation.too_many',
];

/** Adds all, as far as it goes, and tells of each who is in. What stops everything before anybody was added is thrown. */
export async function addPeople(
  client: Client,
  members: Members,
  people: readonly PersonView[],
  onAdded: (person: PersonView) => Promise<unknown> = async () => {},
): Promise<readonly Added[]> {
  const added: Added[] = [];
  let stopped: string | null = null;
  for (const person of people) {
    if (stopped !== null) {
      added.push({ person, outcome: 'refused', hint: stopped });
      continue;
    }
    try {
      const { membership } = await members.add(person.account);
      if (membership === 'member') added.push({ person, outcome: 'added', hint: await failureOf(onAdded(person)) });
      else added.push({ person, outcome: 'invited', hint: whyInvited(client, person) });
    } catch (error) {
      const code = codeOf(error);
      const hint = words.error(code);
      if (!ofOne.includes(code)) {
        if (added.length === 0) throw error;
        stopped = hint;
      }
      added.push({ person, outcome: 'refused', hint });
    }
  }
  return added;
}

function codeOf(error: unknown): ChatErrorCode {
  return (error as { code?: ChatErrorCode }).code ?? 'client.unexpected';
}

/** They are in all the same. */
function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => '',
    (error) => words.error(codeOf(error)),
  );
}

/** The server says only that they are; contacts are invited when they do not want to be added. */
function whyInvited(client: Client, person: PersonView): string {
  return words.invitations.reason[isContact(client, person) ? 'unwilling' : 'no_contact'];
}

/** Have both written to each other, or did one come by the other's link? */
export function isContact(client: Client, { account }: PersonView): boolean {
  return client.conversations.snapshot.some(({ peer, contact }) => peer === account && contact);
}
