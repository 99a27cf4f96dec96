// What a person does with keys, as this device does it: by name, with what can be cloned. [ENC]
import type { AccountId } from '@parley/protocol';
import type { Deeds } from '../deeds.ts';
import { ChatError } from '../error.ts';
import type { EncryptionView } from '../views.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { KeyMachine } from './key-machine.ts';
import { compareCode, Fingerprints, type Person, safetyCode, safetyNumber } from './safety-number.ts';

interface DeedParts {
  readonly me: AccountId;
  readonly machine: KeyMachine;
  readonly keeper: KeyKeeper;
  readonly snapshot: () => EncryptionView;
  readonly change: (view: Partial<EncryptionView>) => void;
}

/** The deeds over an open machine. */
export function keyDeeds({ me, machine, keeper, snapshot, change }: DeedParts): Deeds {
  const fingerprints = new Fingerprints();
  const seen = (account: AccountId) => change({ changed: snapshot().changed.filter((one) => one.account !== account) });
  const confirm = async (account: AccountId) => {
    const key = await machine.confirm(account);
    await keeper.reviewed({ account, key, what: 'confirmed' });
    seen(account);
  };
  const both = (account: AccountId) => standing(machine, me, account);
  /** Whoever has a linked device in hand lets another one read everything: it has to be its owner. */
  const byOwner = async (password: string) => {
    if (snapshot().phase === 'ready') await keeper.confirmPassword(password);
  };
  return {
    recoveryKey: async () => keeper.vault.key(),
    async confirmRecoveryKey() {
      await keeper.vault.confirmKey();
      keeper.told();
    },
    newRecoveryKey: (password) => keeper.renew(password),
    recover: (text) => keeper.recover(text),
    shutOut: (password) => keeper.shutOut(password),
    startOver: (password, before) => keeper.startOver(password, before),
    saved: () => keeper.saved(),
    // Whoever asks waits until they are.
    openKeys: async () => {},
    async identity(account) {
      const { state, pair } = await both(account);
      if (pair === null) return { account, state, code: null };
      const [digits, qr] = await Promise.all([safetyNumber(...pair, fingerprints), safetyCode(...pair, fingerprints)]);
      return { account, state, code: { digits, qr } };
    },
    confirmIdentity: confirm,
    async scanIdentity(account, text) {
      const { pair } = await both(account);
      if (pair === null) throw new ChatError('not_found');
      const result = await compareCode(...pair, text, fingerprints);
      if (result === 'match') await confirm(account);
      return result;
    },
    async acceptIdentity(account) {
      const key = await machine.acceptIdentity(account);
      await keeper.reviewed({ account, key, what: 'accepted' });
      seen(account);
    },
    ownFingerprint: async () => (await machine.identities([me]))[0]?.fingerprint ?? null,
    expectIdentity: (account, fingerprint) => machine.expectIdentity(account, fingerprint),
    async compare(device, password = '') {
      await byOwner(password);
      return machine.compare(device);
    },
    async joinComparison(flow, password) {
      await byOwner(password);
      await machine.joinComparison(flow);
    },
    showPairing: (server) => machine.showPairing(server),
    async scanPairing(text, password) {
      await keeper.confirmPassword(password);
      return machine.scanPairing(text);
    },
    typePairing: (digits) => machine.typePairing(digits),
    endPairing: () => machine.endPairing(),
    handedOver: (device) => keeper.handedOver(device),
    endComparison: (flow, same) => machine.endComparison(flow, same),
    async devices() {
      const devices = await machine.ownDevices();
      return devices.filter(({ dehydrated }) => !dehydrated);
    },
  };
}

/** How somebody stands, and who the two of us are; null: one of us has no keys, or it is ourselves. */
async function standing(machine: KeyMachine, me: AccountId, account: AccountId) {
  const [own, their] = await Promise.all([machine.identities([me]), machine.identities([account])]);
  const [ours, theirs] = [own[0]?.fingerprint, their[0]?.fingerprint];
  const state = their[0]?.state ?? 'none';
  if (!ours || !theirs || account === me) return { state, pair: null };
  const pair: readonly [Person, Person] = [
    { account: me, masterKey: ours },
    { account, masterKey: theirs },
  ];
  return { state, pair };
}
