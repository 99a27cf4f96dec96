// `parley serve`: owns the data folder, starts the server, says where it is, and stops it on a signal. It promises exit
// 0 within 25 s of SIGTERM, and exit 1 with a reason when an engine fails for good.
import { existsSync } from 'node:fs';
import { compose, type RunningServer } from './compose.ts';
import { makeBackup } from './compose-backup.ts';
import { startEchoBot } from './compose-echo-bot.ts';
import { blobFolder, files, logFolder } from './compose-files.ts';
import { webFolder } from './compose-front.ts';
import { exposure, openMetrics, runProcess } from './compose-process.ts';
import { rescue } from './compose-rescue.ts';
import type { Config } from './config.ts';
import { type ControlCommand, serveControl } from './gateway/control.ts';
import { refuseTaken } from './gateway/doors.ts';
import type { MetricsServer } from './gateway/metrics.ts';
import { type DataFolder, openDataFolder } from './host/data-folder.ts';
import { holderOf, listenOnFirst } from './host/ports.ts';
import { summaryBox, summaryLine } from './host/summary.ts';
import { hostClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import { refuseMoved } from './move/move-note.ts';
import { version } from './version.ts';

/** Runs until a signal or a fatal fault; resolves to the exit code. `web`: where the built web app is. */
export function serve(config: Config, warnings: readonly string[], web: string = webFolder): Promise<number> {
  return runProcess(config, async ({ registry, events, opened, fail }) => {
    await refuseFirst(config);
    const folder = opened.use(openDataFolder(config.data));
    refuseMoved(folder.path);
    const parts = { config, folder, version, events, registry, webFolder: web, onFatal: fail };
    const server = await compose(parts);
    opened.defer(() => server.stop());
    const metrics = opened.use(await openMetrics(config, server.port, registry));
    opened.use(
      await serveControl(folder.file(files.control), controls(server, folder), (where, error) =>
        events.fault(where, error),
      ),
    );
    folder.announce({ pid: process.pid, url: server.url, version, control: folder.file(files.control) });
    if (config.echoBot) opened.use(startEchoBot(server, { folder, token: server.echoToken, events }));
    onHangUp(config, server, events);
    await print(config, server, metrics, warnings);
  });
}

/** Before a folder is made for nothing: is the port that is asked for free? @throws {PortTaken} */
async function refuseFirst({ data, port, host }: Config): Promise<void> {
  if (port === null || port === 0 || existsSync(data)) return;
  await listenOnFirst([port], async (wanted) => {
    await refuseTaken({ port: wanted, host });
    return wanted;
  });
}

/** A new certificate is read; without one the terminal is gone, and so are we. */
function onHangUp(config: Config, server: RunningServer, events: Events): void {
  process.on('SIGHUP', () => {
    if (config.tlsCert === null) {
      process.kill(process.pid, 'SIGTERM');
      return;
    }
    try {
      server.renewCertificate();
      events.step('the certificate was read again');
    } catch (error) {
      events.fault('certificate', error);
      events.alarm('certificate', 'The new certificate cannot be read; the one before is still used.');
    }
  });
}

/** What commands on this machine may ask. */
function controls(server: RunningServer, folder: DataFolder): Readonly<Record<string, ControlCommand>> {
  return {
    backup: (given, note) => {
      if (typeof given.folder !== 'string') throw new Error('the folder is missing');
      const { log, store, directory, node } = server;
      const folders = { logFolder: folder.file(logFolder), blobFolder: folder.file(blobFolder) };
      const parts = { log, store, directory, ...folders, clock: hostClock, version };
      return makeBackup({ ...parts, epoch: node.epoch, holdFiles: node.holdFiles }, given.folder, note);
    },
    status: () => server.node.numbers(),
    operator: ({ handle }) => rescue(server.node.accounts, typeof handle === 'string' ? handle : null),
    setup_link: async () => ({ link: await setupLink(server) }),
  };
}

/** While there is no owner; null afterwards. */
async function setupLink(server: RunningServer): Promise<string | null> {
  const link = await server.node.accounts.setupLink();
  return link === null ? null : `${server.url}/setup#${link.secret}`;
}

async function print(
  config: Config,
  server: RunningServer,
  metrics: MetricsServer,
  warnings: readonly string[],
): Promise<void> {
  const summary = {
    url: server.url,
    data: config.data,
    version,
    metrics: `http://localhost:${metrics.port}/metrics`,
    setup_link: await setupLink(server),
    warnings: [...warnings, ...portMoved(server), ...exposure(config)],
  };
  process.stdout.write(process.stdout.isTTY === true ? summaryBox(summary) : `${summaryLine(summary)}\n`);
}

function portMoved({ port, portTaken }: RunningServer): readonly string[] {
  if (portTaken === null) return [];
  const holder = holderOf(portTaken) ?? 'another program';
  return [
    `Port ${portTaken} is taken by ${holder}, so this server listens on ${port} and keeps that port from now on.`,
  ];
}
