// What one device sends another: opaque, kept until the other has it, in order. Promise: it reaches only devices of
// accounts that the sender shares a conversation with; sent again under the same name it is there once.
import type { ErrorCode, RouteBody, ToDevice, ToDeviceItem } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { ToDeviceRow } from '../directory/keys.ts';
import type { DeviceFrames } from '../kernel/frame-handlers.ts';
import type { Caller, Handlers } from '../kernel/handlers.ts';
import { maxToDeviceQueue } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';

/** Content that takes more as part of a frame would not leave room in a page. */
const maxWrittenBytes = wire.maxPageBytes / 2;

/** One page of a queue. */
export interface QueuePage {
  readonly items: ToDeviceItem[];
  readonly has_more: boolean;
}

export function createToDevice(context: KeysContext) {
  const { acquaintances, bus, clock, devices, directory, events } = context;
  return {
    sendToDevice: async (call) => {
      const caller = callerOf(call);
      const refused = refusalOf(call.body);
      if (refused !== null) return refused;
      const { messages } = call.body;
      const known = await acquaintances.among(caller.account, [...new Set(messages.map(({ account }) => account))]);
      const real = await devices.real(messages.filter(({ account }) => known.has(account)));
      if (real.length === 0) return ok({ full: [] });
      const rows = real.map((message) => rowOf(caller, call.body, message));
      const { full } = await directory.toDevice.enqueue(rows, maxToDeviceQueue, clock.now());
      events.toDeviceQueued(rows.length - full.length, full.length);
      const accounts = [...new Set(real.map(({ account }) => account))];
      bus.publish({ type: 'to_device', accounts, devices: rows.map(({ device }) => device) });
      return ok({ full: [...full] });
    },
    listToDevice: async (call) => ok(await queuePage(context, callerOf(call).device, call.query.after ?? 0)),
    acknowledgeToDevice: async (call) => {
      await directory.toDevice.acknowledge(callerOf(call).device, call.body.n);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}

/** The same for sockets. */
export function createDeviceFrames(context: KeysContext): DeviceFrames {
  const { directory, events } = context;
  return {
    async waiting({ device }) {
      const page = await queuePage(context, device, 0);
      events.toDeviceWaited(page.items.length);
      const last = page.items.at(-1);
      if (last === undefined) return null;
      const frame: ToDevice = { type: 'to_device', ...page };
      return { frame: new TextEncoder().encode(JSON.stringify(frame)), upTo: last.n };
    },
    received: ({ device }, { n }) => directory.toDevice.acknowledge(device, n),
  };
}

/** What waits for a device above `after`: as many items as a page holds, at least one. */
export async function queuePage(
  { directory }: Pick<KeysContext, 'directory'>,
  device: Caller['device'],
  after: number,
): Promise<QueuePage> {
  const rows = await directory.toDevice.page(device, after, wire.maxToDevicePage);
  const items: ToDeviceItem[] = [];
  let bytes = pageHeadBytes;
  for (const { n, sender, senderDevice, type, content } of rows) {
    const item = { n, sender, device: senderDevice, event_type: type, content };
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (items.length > 0 && bytes > wire.maxPageBytes) break;
    items.push(item);
  }
  return { items, has_more: items.length < rows.length || rows.length === wire.maxToDevicePage };
}

const pageHeadBytes = 256;

type Body = RouteBody<'sendToDevice'>;

/** Two for one device would be taken for a repetition; what is too large would never arrive. */
function refusalOf({ messages }: Body): Result<never, ErrorCode> | null {
  const seen = new Set<string>();
  for (const [at, { device, content }] of messages.entries()) {
    if (seen.has(device)) return refuse('frame.invalid', { path: `/messages/${at}/device` });
    seen.add(device);
    if (content.length * 6 > maxWrittenBytes && Buffer.byteLength(JSON.stringify(content)) > maxWrittenBytes)
      return refuse('frame.invalid', { path: `/messages/${at}/content` });
  }
  return null;
}

function rowOf(
  { account: sender, device: senderDevice }: Caller,
  { txn, event_type: type }: Body,
  { device, content }: Body['messages'][number],
): ToDeviceRow {
  return { device, sender, senderDevice, txn, type, content };
}
