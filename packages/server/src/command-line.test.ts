import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText, readCommandLine } from './command-line.ts';
import type { Setting } from './config-readers.ts';
import { settings } from './config-settings.ts';

test('[CFG15] without a command it serves, and every setting is a flag', () => {
  assert.deepEqual(readCommandLine([]), { command: 'serve', flags: {} });
  assert.deepEqual(readCommandLine(['serve', '--port', '9000', '--insecure', '--trusted-proxies=10.0.0.0/8']), {
    command: 'serve',
    flags: { PARLEY_PORT: '9000', PARLEY_INSECURE: 'on', PARLEY_TRUSTED_PROXIES: '10.0.0.0/8' },
  });
  const isSwitch = (name: string) => ['PARLEY_INSECURE', 'PARLEY_GUESTS', 'PARLEY_UNSAFE'].includes(name);
  for (const { name, secret } of Object.values(settings) as Setting<unknown>[]) {
    const flag = `--${name.slice('PARLEY_'.length).toLowerCase().replaceAll('_', '-')}`;
    const given = readCommandLine(isSwitch(name) ? [flag] : [flag, 'x']);
    // What stands on a command line can be read by everybody on the machine.
    if (secret) assert.equal(given.command, 'wrong');
    else assert.deepEqual('flags' in given && Object.keys(given.flags), [name]);
    assert.equal(helpText().includes(`${flag} `), secret !== true, `${flag} in the help`);
  }
});

test('[CFG15] commands take a folder or nothing, and what is not understood is said', () => {
  assert.deepEqual(readCommandLine(['backup', 'copy', '--data', 'd']), {
    command: 'backup',
    flags: { PARLEY_DATA: 'd' },
    folder: 'copy',
  });
  const operator = { command: 'operator', flags: { PARLEY_DATA: 'd' } };
  assert.deepEqual(readCommandLine(['operator', '--data', 'd']), { ...operator, handle: null });
  assert.deepEqual(readCommandLine(['operator', 'olga', '--data', 'd']), { ...operator, handle: 'olga' });
  assert.deepEqual(readCommandLine(['config', 'print']), { command: 'config', flags: {} });
  assert.deepEqual(readCommandLine(['--help']), { command: 'help' });
  assert.deepEqual(readCommandLine(['--version']), { command: 'version' });
  const wrong = [
    ['backup'],
    ['restore', 'a', 'b'],
    ['serve', 'now'],
    ['config', 'write'],
    ['operator', 'a', 'b'],
    ['dance'],
    ['--prot', '9000'],
    ['--port'],
  ];
  for (const args of wrong) {
    const read = readCommandLine(args);
    assert.equal(read.command, 'wrong', args.join(' '));
    assert.ok('problem' in read && read.problem.length > 10);
  }
});

test('[MOV12] a move says where to, and its settings are those of a cluster', () => {
  const flags = { PARLEY_DATA: 'd', PARLEY_KAFKA: 'k:9092', PARLEY_MODE: 'cluster' };
  assert.deepEqual(readCommandLine(['move', '--to', 'cluster', '--data', 'd', '--kafka', 'k:9092']), {
    command: 'move',
    flags,
  });
  for (const args of [
    ['move'],
    ['move', '--to', 'embedded'],
    ['move', 'now', '--to', 'cluster'],
    ['serve', '--to', 'cluster'],
  ])
    assert.equal(readCommandLine(args).command, 'wrong', args.join(' '));
  assert.match(helpText(), /parley move --to cluster /);
});
