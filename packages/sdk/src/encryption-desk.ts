// The encryption of this account, as an app sees it: how it stands, and what can be done. Whoever leads the store has
// the keys; another client of it asks, and waits for the answer.
import { askLeader } from './ask-leader.ts';
import type { Core } from './core.ts';
import type { DeedAnswer, DeedArguments, DeedName, Deeds } from './deeds.ts';
import { ChatError } from './error.ts';
import { keysOpenMs } from './limits.ts';
import { Cell, until } from './live.ts';
import { Undecryptable } from './undecryptable.ts';
import type { EncryptionView, Live } from './views.ts';

/** Kept up by what the leader tells. */
export class EncryptionDesk implements Live<EncryptionView>, Deeds {
  readonly #core: Core;
  readonly #view: Cell<EncryptionView>;
  readonly #stop: () => void;
  readonly undecryptable: Undecryptable;

  constructor(core: Core) {
    this.#core = core;
    const phase = core.host.crypto.desk === null ? 'off' : 'opening';
    this.#view = new Cell<EncryptionView>({ phase, recovery: 'none', changed: [], comparison: null, pairing: null });
    this.undecryptable = new Undecryptable(core, () => this.snapshot.phase === 'ready');
    this.#stop = core.replica.onHint((hint) => {
      if (hint.hint === 'encryption') this.#view.set(hint.view);
    });
  }

  get snapshot(): EncryptionView {
    return this.#view.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  recoveryKey = () => this.#do('recoveryKey');
  confirmRecoveryKey = () => this.#do('confirmRecoveryKey');
  newRecoveryKey = (...given: DeedArguments<'newRecoveryKey'>) => this.#do('newRecoveryKey', ...given);
  recover = (...given: DeedArguments<'recover'>) => this.#do('recover', ...given);
  shutOut = (...given: DeedArguments<'shutOut'>) => this.#do('shutOut', ...given);
  startOver = (...given: DeedArguments<'startOver'>) => this.#do('startOver', ...given);
  saved = () => this.#do('saved');
  openKeys = () => this.#do('openKeys');
  identity = (...given: DeedArguments<'identity'>) => this.#do('identity', ...given);
  confirmIdentity = (...given: DeedArguments<'confirmIdentity'>) => this.#do('confirmIdentity', ...given);
  scanIdentity = (...given: DeedArguments<'scanIdentity'>) => this.#do('scanIdentity', ...given);
  acceptIdentity = (...given: DeedArguments<'acceptIdentity'>) => this.#do('acceptIdentity', ...given);
  ownFingerprint = async () => {
    await this.#opened();
    return this.snapshot.phase === 'ready' ? this.#do('ownFingerprint') : null;
  };
  expectIdentity = async (...given: DeedArguments<'expectIdentity'>) => {
    if (this.#core.host.crypto.desk !== null) await this.#do('expectIdentity', ...given);
  };
  devices = () => this.#do('devices');
  compare = (...given: DeedArguments<'compare'>) => this.#do('compare', ...given);
  showPairing = (...given: DeedArguments<'showPairing'>) => this.#do('showPairing', ...given);
  scanPairing = (...given: DeedArguments<'scanPairing'>) => this.#do('scanPairing', ...given);
  typePairing = (...given: DeedArguments<'typePairing'>) => this.#do('typePairing', ...given);
  handedOver = (...given: DeedArguments<'handedOver'>) => this.#do('handedOver', ...given);
  endPairing = () => this.#do('endPairing');
  joinComparison = (...given: DeedArguments<'joinComparison'>) => this.#do('joinComparison', ...given);
  endComparison = (...given: DeedArguments<'endComparison'>) => this.#do('endComparison', ...given);

  close(): void {
    this.#stop();
  }

  /** Resolves when it is known whether there are keys here, or when that takes too long. */
  async #opened(): Promise<void> {
    const { clock, closed } = this.#core;
    let isLate = false;
    let tell = () => {};
    const stopTimer = clock.after(keysOpenMs, () => {
      isLate = true;
      tell();
    });
    const subscribe = (listener: () => void) => {
      tell = listener;
      return this.subscribe(listener);
    };
    await until(subscribe, () => isLate || this.snapshot.phase !== 'opening', { closed }).finally(stopTimer);
  }

  async #do<N extends DeedName>(name: N, ...given: DeedArguments<N>): Promise<DeedAnswer<N>> {
    const { leader, host } = this.#core;
    if (host.crypto.desk === null) throw new ChatError('not_found');
    if (leader !== null) return host.crypto.desk.ask(name, ...given);
    const { replica, clock, closed } = this.#core;
    const newId = () => this.#core.newId();
    return askLeader({ replica, clock, closed, newId }, (from) => ({ want: 'deed', from, name, given }));
  }
}
