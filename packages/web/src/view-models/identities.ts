// Who the people of one's chats are, as far as their keys say: asked for when it is looked at, and again whenever
// somebody set up afresh, was confirmed or accepted.
import type { AccountId } from '@parley/protocol';
import type { Client, IdentityView, ScanResult } from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import { Model, Stops } from './model.ts';

export interface IdentitiesView {
  readonly known: ReadonlyMap<AccountId, IdentityView>;
  /** People who set up afresh and were not reviewed. */
  readonly news: ReadonlyMap<AccountId, 'changed' | 'left_out'>;
  /** What the code says that was scanned last, and whose it should be. */
  readonly scanned: { readonly account: AccountId; readonly result: ScanResult } | null;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface Identities extends Pick<Model<IdentitiesView>, 'snapshot' | 'subscribe'> {
  /** This person is on screen. */
  watch(account: AccountId): void;
  /** The codes are the same. True when it is done. */
  confirm(account: AccountId): Promise<boolean>;
  /** Their code was scanned. True when it is read, whatever it says. */
  scan(account: AccountId, text: string): Promise<boolean>;
  /** It was seen. */
  accept(account: AccountId): Promise<boolean>;
  close(): void;
}

const idle = { scanned: null, busy: false, error: null };

/** Identities of the people of one client. */
export function createIdentities({ encryption }: Pick<Client, 'encryption'>): Identities {
  const model = new Model<IdentitiesView>({ known: new Map(), news: newsOf(encryption), ...idle });
  const stops = new Stops();
  const watched = new Set<AccountId>();
  let phase = encryption.snapshot.phase;

  const ask = async (account: AccountId) => {
    if (encryption.snapshot.phase !== 'ready') return;
    // Whom it cannot be told of now is asked for when somebody looks again.
    const identity = await encryption.identity(account).catch(() => null);
    if (identity === null || stops.ended) return;
    model.update({ known: new Map(model.snapshot.known).set(account, identity) });
  };
  const askAll = () => {
    for (const account of watched) inBackground(ask(account));
  };
  const act = async (account: AccountId, deed: () => Promise<void>) => {
    if (model.snapshot.busy) return false;
    model.update({ ...idle, busy: true });
    try {
      await deed();
      await ask(account);
      return true;
    } catch (error) {
      model.update({ error: words.error((error as { code?: string }).code ?? '') });
      return false;
    } finally {
      model.update({ busy: false });
    }
  };
  stops.add(
    encryption.subscribe(() => {
      const news = newsOf(encryption);
      const isOther = !isSame(news, model.snapshot.news) || phase !== encryption.snapshot.phase;
      phase = encryption.snapshot.phase;
      if (!isOther) return;
      model.update({ news });
      askAll();
    }),
  );

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    watch: (account) => {
      if (watched.has(account) && model.snapshot.known.has(account)) return;
      watched.add(account);
      inBackground(ask(account));
    },
    confirm: (account) => act(account, () => encryption.confirmIdentity(account)),
    scan: (account, text) =>
      act(account, async () =>
        model.update({ scanned: { account, result: await encryption.scanIdentity(account, text) } }),
      ),
    accept: (account) => act(account, () => encryption.acceptIdentity(account)),
    close: () => stops.end(),
  };
}

type News = IdentitiesView['news'];

function newsOf({ snapshot }: Client['encryption']): News {
  return new Map(snapshot.changed.map(({ account, what }) => [account, what]));
}

function isSame(one: News, other: News): boolean {
  return one.size === other.size && [...one].every(([account, what]) => other.get(account) === what);
}

/** The digits in groups of five. */
export function groupsOf(digits: string): readonly string[] {
  return digits.match(/.{1,5}/g) ?? [];
}
