// Whom a hint is for, in the topics by which nodes say what they want. Pure.
import type { AccountId } from '@parley/protocol';
import type { Hint, Topic } from './bus.ts';

/** What a hint is about: accounts that each node hears of as far as they are its own, and topics; `all`: every node. */
export interface Targets {
  readonly accounts: readonly AccountId[];
  readonly topics: readonly Topic[];
  readonly all: boolean;
}

const none: readonly never[] = [];
const everywhere: Targets = { accounts: none, topics: none, all: true };
const nowhere: Targets = { accounts: none, topics: none, all: false };

/** The targets of a hint. */
export function targetsOf(hint: Hint): Targets {
  switch (hint.type) {
    case 'envelope': {
      if (hint.recipients !== null) return ofAccounts(hint.recipients);
      // Who joins may be the first of the room on its node, who leaves the last.
      const moved = [...hint.joined, ...hint.left].map(accountTopic);
      return { accounts: none, topics: [`room:${hint.conversation}`, ...moved], all: false };
    }
    case 'typing':
      if (hint.recipients !== null) return ofAccounts(hint.recipients);
      return { accounts: none, topics: [`room:${hint.conversation}`], all: false };
    case 'verdict':
      return { accounts: none, topics: [accountTopic(hint.sender)], all: false };
    case 'accounts':
    case 'changed':
    case 'marks':
    case 'to_device':
      return ofAccounts(hint.accounts);
    case 'stored':
      if (hint.accounts === null) return everywhere;
      return { accounts: hint.accounts, topics: hint.room === null ? none : [`room:${hint.room}`], all: false };
    case 'presence':
      return { accounts: none, topics: [`presence:${hint.account}`], all: false };
    case 'keys':
    case 'settings':
    case 'revoked':
      return everywhere;
    case 'resync':
      return nowhere;
  }
}

/** The topic of an account. */
export function accountTopic(account: AccountId): Topic {
  return `account:${account}`;
}

/** The account that a topic is of; null: it is of something else. */
export function accountOf(topic: Topic): AccountId | null {
  return topic.startsWith(accountStart) ? (topic.slice(accountStart.length) as AccountId) : null;
}

const accountStart = 'account:';

function ofAccounts(accounts: readonly AccountId[]): Targets {
  return { accounts, topics: none, all: false };
}
