// Who is there, as far as the asker may know: what the engine has seen, joined with the settings of both and whether
// they are contacts. The rules are in `presence/visibility.ts`. Comings and goings become hints, without saying what.
import type { AccountId, Presence as Shown } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Presence, Seen } from '../presence/presence.ts';
import { presenceAt, type Sight, sightBetween } from '../presence/visibility.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { stateOf } from './access.ts';
import { CoarseWords } from './coarse-words.ts';
import type { LiveRows, MessagesParts } from './parts.ts';
import type { Settings } from './settings.ts';

/** What presence is shown with. */
export interface PresenceParts extends Pick<MessagesParts, 'accountExists' | 'lastSeenOf'> {
  readonly rows: LiveRows;
  readonly settings: Settings;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** What this viewer may know of these accounts now. */
export type PresenceOf = (viewer: AccountId, accounts: readonly AccountId[]) => Promise<readonly Shown[]>;

/** Shows presence. */
export function createPresenceOf(parts: PresenceParts): PresenceOf {
  const { rows, settings, presence, clock } = parts;
  const words = new CoarseWords();

  return async function presenceOf(viewer, accounts) {
    const sights = await Promise.all(accounts.map((account) => sightOf(viewer, account)));
    const visible = accounts.filter((_, at) => sights[at] !== 'hidden');
    const seen = new Map((await presence.of(visible)).map((each) => [each.account, each]));
    return Promise.all(accounts.map((account, at) => shown(account, sights[at] ?? 'hidden', seen.get(account))));
  };

  /** Nobody is there under an unknown account: it looks like one that hides. */
  async function sightOf(viewer: AccountId, subject: AccountId): Promise<Sight> {
    const [own, others, contact, exists] = await Promise.all([
      settings.of(viewer),
      settings.of(subject),
      areContacts(viewer, subject),
      parts.accountExists(subject),
    ]);
    if (!exists) return 'hidden';
    return sightBetween({ account: viewer, ...own }, { account: subject, ...others }, contact);
  }

  async function areContacts(a: AccountId, b: AccountId): Promise<boolean> {
    const state = await stateOf(rows, directConversation(a, b));
    return state?.accepted === true && state.contact;
  }

  async function shown(account: AccountId, sight: Sight, seen: Seen | undefined): Promise<Shown> {
    const known = seen ?? { account, online: false, lastSeenAt: null };
    const isKnown = sight === 'hidden' || known.online || known.lastSeenAt !== null;
    const complete = isKnown ? known : { ...known, lastSeenAt: await parts.lastSeenOf(account) };
    const now = clock.now();
    const fresh = presenceAt(sight, complete, now);
    return sight === 'coarse' ? { ...fresh, state: words.of(account, fresh.state, now) } : fresh;
  }
}

/** Tells the gateways who came or went, until the returned function is called. */
export function tellPresence({ presence, bus }: Pick<PresenceParts, 'presence' | 'bus'>): () => void {
  return presence.changed(({ account }) => bus.publish({ type: 'presence', account }));
}
