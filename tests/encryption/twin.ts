// A twin of somebody, for tests: keys and an identity that are well made and the server's own, and what becomes of what
// a client seals for them.
import assert from 'node:assert/strict';
import type { AccountKeys, RouteResult, ToDeviceItem } from '@parley/protocol';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { Person } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import type { Resident } from './town.ts';

type Keys = RouteResult<'queryKeys'>;
type Claimed = RouteResult<'claimKeys'>;

export interface Twin {
  readonly twin: Person;
  readonly keys: AccountKeys;
  readonly server: KeyServer;
}

/** Somebody of the server who pretends to be this account: keys and identity are well made, and the server's own. */
export async function twinOf({ account }: Pick<Resident, 'account'>): Promise<Twin> {
  const server = new KeyServer();
  const device = `d_${'T'.repeat(21)}A` as Person['device'];
  const twin = await Person.open({ account, device, call: server.callOf(account, device) });
  assert.equal(await twin.machine.start(), 'ready');
  const { body } = await server.callOf(
    account,
    device,
  )({ method: 'POST', path: '/v1/keys/query', body: { accounts: [account] } });
  const [keys] = (body as Keys).items;
  assert.ok(keys);
  return { twin, keys, server };
}

/** From here this client is told other keys of an account, and that they have changed. */
export function swap(
  { man }: Pick<Resident, 'man'>,
  account: string,
  change: (item: AccountKeys) => AccountKeys,
): void {
  man.alter('POST /v1/keys/query', (answer: Keys) => ({
    ...answer,
    items: answer.items.map((item) => (item.account === account ? change(item) : item)),
  }));
  let told = false;
  man.alter('GET /v1/keys/changes', (page: RouteResult<'listKeyChanges'>) => {
    if (told) return page;
    told = true;
    return { ...page, accounts: [...page.accounts, account] };
  });
  man.say({ type: 'keys', n: 1_000_000 });
}

/** What the keys of a twin are claimed and reached with: all of it goes to the server's own people. */
export function serve({ man }: Pick<Resident, 'man'>, { server, twin }: Twin): void {
  const call = server.callOf(twin.account, twin.device);
  man.answers.set('POST /v1/keys/claim', async (request, honest) => {
    const mine = (await call(request)).body as Claimed;
    const theirs = (await honest(request)).body as Claimed;
    return { status: 200, body: { items: [...theirs.items, ...mine.items] } };
  });
  man.answers.set('POST /v1/to-device', async (request, honest) => {
    await call(request);
    return honest(request);
  });
}

export function roomKeysOf({ server, twin }: Twin): readonly ToDeviceItem[] {
  return server.queueOf(twin.device).filter(({ event_type }) => event_type === 'm.room.encrypted');
}
