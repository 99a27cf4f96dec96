// A page that has the SDK of a browser and no screen: the device of the acceptance tests in Chromium, driven from the
// test. It is built as the web app is and stands under the policy of the server.
import { connect, entrance } from '@parley/sdk/web';
import { type Device, deviceOver } from '../acceptance-device.ts';

/** What the test asks of the page. */
export interface AcceptancePage {
  /** Makes the account, or signs in to it with the password: then this is another device of it. */
  enter(way: 'signUp' | 'signIn', handle: string, password: string): Promise<void>;
  /** Opens whoever is signed in here. */
  open(): Promise<void>;
  /** One deed of the device. */
  device(deed: keyof Device, given: readonly unknown[]): Promise<unknown>;
}

declare global {
  var acceptance: AcceptancePage;
}

let opened: Device | null = null;

const open = async () => {
  opened = deviceOver(await connect());
};

globalThis.acceptance = {
  async enter(way, handle, password) {
    await entrance()[way]({ handle, name: handle, password, deviceName: 'Browser' });
    await open();
  },
  open,
  async device(deed, given) {
    if (opened === null) throw new Error('not open');
    const run = opened[deed] as (...these: readonly unknown[]) => Promise<unknown>;
    return run(...given);
  },
};
