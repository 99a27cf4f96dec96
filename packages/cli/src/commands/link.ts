// `parley devices link`: a new device and one that reads the chats, both in one's hands. On the new one it asks or shows a
// code, on the other one it answers, warns, and asks for the password. Nothing that arrives from elsewhere begins it. [ENC]
import { ChatError, type Client, type ComparisonView, type EncryptionView, type PairingView } from '@parley/sdk';
import type { Command } from 'commander';
import encodeQR from 'qr';
import type { Context } from '../context.ts';
import { Refused, UsageError } from '../exit-codes.ts';
import { keysStand, settles } from '../keys.ts';
import { askShown, readPassword } from '../password.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';

interface LinkOptions {
  readonly code?: boolean;
  readonly with?: string;
}

/** How long somebody may take to walk from one device to the other, in milliseconds. */
const walkMs = 10 * 60_000;
/** How long a device that was just linked may take to ask for what it needs. Milliseconds. */
const handOverMs = 2 * 60_000;

const warning = `A new device will read all your chats. Go on only if it is in your hands.
Nobody from this server will ever ask you to.`;

export function linkCommand(devices: Command, run: Run): void {
  devices
    .command('link')
    .description('let a new device read your chats: run it on the new one and on one that reads them')
    .option('--code', 'with a code that is scanned or pasted and digits that are typed, instead of pictures')
    .option('--with <device>', 'on the new one: which of your devices is at hand')
    .action(
      run(async (context, options: LinkOptions) =>
        context.withClient(async (client) => {
          const phase = await keysStand(client, context.deadline());
          if (phase !== 'ready' && phase !== 'needs_linking') throw new ChatError('client.crypto');
          const isNew = phase === 'needs_linking';
          if (options.with !== undefined && (!isNew || options.code === true))
            throw new UsageError('--with is for the new device, and for pictures');
          if (!isNew) return options.code === true ? scan(client, context) : answer(client, context);
          await (options.code === true ? show(client, context) : ask(client, context, options.with));
          await until(client, context, ({ phase, recovery }) =>
            phase === 'ready' && recovery !== 'none' ? true : null,
          );
          context.print({ phase: 'ready' }, 'This device can read your chats now.');
        }),
      ),
    );
}

/** The new one: pictures, with one of the others. */
async function ask(client: Client, context: Context, wanted: string | undefined): Promise<void> {
  const device = await otherDevice(client, wanted);
  const { flow } = await client.encryption.compare(device);
  const name = await nameOf(client, device);
  context.note(`Go to ${name} and run "parley devices link" there, or open Settings, Devices in the app.`);
  await compare(client, context, flow);
}

/** The one that reads the chats: pictures, with the new one. */
export async function answer(client: Client, context: Context): Promise<void> {
  context.note(warning);
  const password = await readPassword(context.terminal, false);
  context.note('Waiting for the new device. There: "parley devices link", or "I have another device here" in the app.');
  const { flow, device } = await until(client, context, ({ comparison }) =>
    comparison?.state === 'asked' ? comparison : null,
  );
  context.note(`${await nameOf(client, device)} asks.`);
  await client.encryption.joinComparison(flow, password);
  await compare(client, context, flow);
  await handOver(client, context, device);
}

/** Both: the pictures, and whether they are the same. */
async function compare(client: Client, context: Context, flow: string): Promise<void> {
  const { emoji } = await comparison(client, context, { flow, states: ['compare'] });
  context.note(`\n${pictures(emoji)}\n`);
  const said = await askShown(context.terminal, 'Do both devices show the same pictures, in the same order? (y/n) ');
  const isSame = /^y(es)?$/i.test(said.trim());
  await client.encryption.endComparison(flow, isSame);
  if (!isSame)
    throw new Refused('not_found', 'nothing was linked. If the pictures differ, somebody may stand between.');
  context.note('Say so on the other device, too.');
  await comparison(client, context, { flow, states: ['done'] });
}

/** The comparison once it is there; one that was ended is refused. */
async function comparison(
  client: Client,
  context: Context,
  { flow, states }: { readonly flow: string; readonly states: readonly ComparisonView['state'][] },
): Promise<ComparisonView> {
  const found = await until(client, context, ({ comparison: now }) =>
    now?.flow === flow && [...states, 'cancelled'].includes(now.state) ? now : null,
  );
  if (found.state === 'cancelled') throw new Refused('not_found', 'it was stopped, or took too long. Begin anew.');
  return found;
}

/** The new one: a code, and the digits that the other one shows. */
async function show(client: Client, context: Context): Promise<void> {
  const { server } = await context.profile();
  const { text } = await client.encryption.showPairing(server);
  context.note(`${encodeQR(text ?? '', 'ascii', { border: 2 })}\n${text}\n`);
  context.note('Scan it in the app (Settings, Devices), or run "parley devices link --code" there and paste the line.');
  let now = await pairing(client, context, ['digits']);
  while (now.state === 'digits') {
    if (now.problem === 'mistyped') context.note('These are not the digits.');
    const digits = await askShown(context.terminal, 'Digits that the other device shows: ');
    await client.encryption.typePairing(digits);
    now = await pairing(client, context, ['digits', 'working', 'done'], now);
  }
  await pairing(client, context, ['done']);
}

/** The one that reads the chats: takes the code, and shows digits. */
async function scan(client: Client, context: Context): Promise<void> {
  context.note(warning);
  const password = await readPassword(context.terminal, false);
  const text = await askShown(context.terminal, 'The line under the code of the new device: ');
  await client.encryption.scanPairing(text, password);
  const { digits, device } = await pairing(client, context, ['digits']);
  const name = await nameOf(client, device);
  context.note(`Type this on ${name}, if it is in your hands:\n\n    ${digits?.replace(/(\d{3})(?=\d)/g, '$1 ')}\n`);
  await pairing(client, context, ['done']);
  await handOver(client, context, device);
}

/** Stays until the new one has everything; one that does not ask in time gets it when both are there again. */
async function handOver(client: Client, context: Context, device: string | null): Promise<void> {
  const name = await nameOf(client, device);
  context.note('Keep this running for a moment …');
  const late = new Promise<boolean>((resolve) =>
    context.world.timeout(handOverMs).addEventListener('abort', () => resolve(false)),
  );
  const isDone = await Promise.race([client.encryption.handedOver(device ?? '').then(() => true), late]);
  context.print(
    { linked: device, handed_over: isDone },
    isDone
      ? `${name} is linked and can read your chats.`
      : `${name} is linked. It reads your chats once both devices are running at the same time.`,
  );
}

const endings: Readonly<Record<Exclude<PairingView['problem'], 'mistyped' | null>, string>> = {
  wrong: 'the digits were wrong. Begin anew on the new device.',
  gone: 'the other device is gone, or it took too long. Begin anew on the new device.',
  refused: 'what came was not from a new device of this account. Nothing was linked.',
  ended: 'it was stopped.',
};

/** The pairing once it is there, and another than before; one that has ended is refused. */
async function pairing(
  client: Client,
  context: Context,
  states: readonly PairingView['state'][],
  before: PairingView | null = null,
): Promise<PairingView> {
  const found = await until(client, context, ({ pairing: now }) =>
    now !== null && now !== before && [...states, 'ended'].includes(now.state) ? now : null,
  );
  const { state, problem } = found;
  if (state === 'ended' && problem !== null && problem !== 'mistyped') throw new Refused('link.gone', endings[problem]);
  return found;
}

async function otherDevice({ devices, encryption }: Client, wanted: string | undefined): Promise<string> {
  const linked = new Set((await encryption.devices()).filter((one) => one.linked).map(({ device }) => device));
  const others = (await devices.list()).filter(({ device, current }) => !current && linked.has(device));
  const [first] = others;
  if (wanted !== undefined) {
    if (others.some(({ device }) => device === wanted)) return wanted;
    throw new Refused('not_found', 'none of your devices that read your chats has this id. See "parley devices list".');
  }
  if (first === undefined)
    throw new Refused('not_found', 'none of your devices can read your chats. With your recovery key: parley recover.');
  if (others.length === 1) return first.device;
  const list = others.map(({ device, name }) => `  ${device}  ${printable(name)}`).join('\n');
  throw new UsageError(`which device is at hand? Say it with --with:\n${list}`);
}

async function nameOf({ devices }: Client, device: string | null): Promise<string> {
  const found = (await devices.list()).find((one) => one.device === device);
  return found === undefined ? 'the other device' : printable(found.name);
}

function pictures(emoji: ComparisonView['emoji']): string {
  return emoji.map(({ symbol, name }, at) => `  ${at + 1}  ${symbol}  ${name}`).join('\n');
}

/** What is looked for in the view. @throws {ChatError} it does not come in time */
async function until<T>(
  { encryption }: Client,
  { terminal, world }: Context,
  find: (view: EncryptionView) => T | null,
): Promise<T> {
  const deadline = AbortSignal.any([terminal.interrupted, world.timeout(walkMs)]);
  await settles(encryption, () => find(encryption.snapshot) !== null, deadline);
  const found = find(encryption.snapshot);
  if (found === null) throw new ChatError('client.timeout');
  return found;
}
