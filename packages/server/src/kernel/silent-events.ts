// Events that nobody hears: for tests and the simulation. Alarms are kept, so that they can be asked for.
import type { Alarm, Events } from './events.ts';

/** A fresh set; `heard` is told of every fault. */
export function silentEvents(heard: (where: string, error: unknown) => void = () => {}): Events {
  const alarms = new Map<string, Alarm>();
  return {
    socketOpened() {},
    socketClosed() {},
    frameReceived() {},
    frameRefused() {},
    messageSent() {},
    readerBehind() {},
    upgradeRefused() {},
    keyGiven() {},
    keysRefused() {},
    toDeviceQueued() {},
    toDeviceWaited() {},
    undecryptable() {},
    callServed() {},
    fault: heard,
    audit() {},
    alarm(name, text) {
      alarms.set(name, { name, text, since: 0 });
    },
    alarmOver(name) {
      alarms.delete(name);
    },
    step() {},
    alarms: () => [...alarms.values()],
  };
}
