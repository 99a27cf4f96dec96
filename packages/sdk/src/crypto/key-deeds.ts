// What a person does with keys, as this device does it: by name, with what can be cloned. [ENC]
import type { AccountId } from '@parley/protocol';
import type { Deeds } from '../deeds.ts';
import type { EncryptionView, IdentityView } from '../views.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { KeyMachine } from './key-machine.ts';
import { Fingerprints, safetyCode, safetyNumber } from './safety-number.ts';

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
    startOver: (password) => keeper.startOver(password),
    saved: () => keeper.saved(),
    // Whoever asks waits until they are.
    openKeys: async () => {},
    identity: (account) => identityOf({ machine, me, fingerprints }, account),
    async confirmIdentity(account) {
      keeper.confirmed(await machine.confirm(account));
      seen(account);
    },
    async acceptIdentity(account) {
      await machine.acceptIdentity(account);
      const [accepted] = await machine.identities([account]);
      if (accepted?.fingerprint) keeper.accepted({ account, fingerprint: accepted.fingerprint });
      seen(account);
    },
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

/** How somebody stands, and the code of the two of us. */
async function identityOf(
  { machine, me, fingerprints }: Pick<DeedParts, 'machine' | 'me'> & { readonly fingerprints: Fingerprints },
  account: AccountId,
): Promise<IdentityView> {
  const [own, their] = await Promise.all([machine.identities([me]), machine.identities([account])]);
  const [ours, theirs] = [own[0]?.fingerprint, their[0]?.fingerprint];
  const state = their[0]?.state ?? 'none';
  if (!ours || !theirs || account === me) return { account, state, code: null };
  const [one, other] = [
    { account: me, masterKey: ours },
    { account, masterKey: theirs },
  ];
  const [digits, qr] = await Promise.all([
    safetyNumber(one, other, fingerprints),
    safetyCode(one, other, fingerprints),
  ]);
  return { account, state, code: { digits, qr } };
}
