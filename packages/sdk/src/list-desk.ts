// Deeds in member lists, from wherever they are asked: the client that leads signs them, another one asks it. [MEM]
import { askLeader } from './ask-leader.ts';
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import type { ListDeedAnswer, ListDeedArguments, ListDeedName, ListDeeds } from './list-deeds.ts';
import type { Replica, Want } from './replica.ts';

/** How groups of this client are changed; null where nothing is signed: over the routes without. */
export function listsOf(core: Core): ListDeeds | null {
  if (core.host.crypto.membership === null) return null;
  const deed =
    <N extends ListDeedName>(name: N) =>
    async (...given: ListDeedArguments<N>): Promise<ListDeedAnswer<N>> => {
      const { replica, clock, closed, leader } = core;
      if (leader !== null) return perform(leader.lists, name, given);
      const newId = () => core.newId();
      return askLeader({ replica, clock, closed, newId }, (from) => ({ want: 'list', from, name, given }));
    };
  return {
    found: deed('found'),
    bring: deed('bring'),
    setRole: deed('setRole'),
    remove: deed('remove'),
    turnDown: deed('turnDown'),
    leave: deed('leave'),
    decline: deed('decline'),
    join: deed('join'),
    follow: deed('follow'),
    pending: deed('pending'),
    links: deed('links'),
    makeLink: deed('makeLink'),
    endLink: deed('endLink'),
  };
}

/** The leader does what another client of the store was asked to do, and tells what came of it. */
export function answerListDeed(
  { from, name, given }: Want & { readonly want: 'list' },
  lists: ListDeeds | null,
  replica: Replica,
): void {
  inBackground(
    perform(lists, name, given).then(
      (answer) => replica.hint({ hint: 'deed', from, answer }),
      (error: unknown) =>
        replica.hint({ hint: 'deed', from, code: error instanceof ChatError ? error.code : 'client.crypto' }),
    ),
  );
}

async function perform<N extends ListDeedName>(
  lists: ListDeeds | null,
  name: N,
  given: ListDeedArguments<N>,
): Promise<ListDeedAnswer<N>> {
  if (lists === null) throw new ChatError('members.unsigned');
  // A name and its arguments come together, over a channel that has no types.
  const deeds = lists as unknown as Readonly<Record<N, (...all: ListDeedArguments<N>) => Promise<ListDeedAnswer<N>>>>;
  return deeds[name](...given);
}
