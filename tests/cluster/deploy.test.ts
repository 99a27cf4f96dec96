// What stands in `deploy`, read by the programs that it is for.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { missingBalancer } from '../../scripts/cluster/balancer.ts';
import { helm, missingHelm } from '../../scripts/cluster/helm.ts';
import { runProgram } from '../../scripts/program.ts';

const programMs = 60_000;
const chart = 'deploy/helm/parley';
const given = [
  'publicUrl=https://chat.example.org',
  'kafka.brokers=kafka-1:9092',
  'cassandra.contactPoints=cassandra-1:9042',
  'redis.urls=redis://redis:6379',
];
/** Everything that may be switched on. */
const everything = [
  ...['s3.endpoint=https://s3.example.org', 'secret=parley-engines', 'kafka.tls=true', 'cassandra.tls=true'],
  ...['serviceMonitor.enabled=true', 'ingress.enabled=true', 'ingress.host=chat.example.org'],
  ...['ingress.tlsSecret=chat-tls', 'ingress.className=nginx', 'gateway.autoscaling.enabled=false'],
  ...['podAnnotations.note=x', 'nodeSelector.disk=ssd', 'imagePullSecrets[0].name=registry'],
];

async function ran(command: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram(command, args, { timeoutMs: programMs });
  assert.equal(code, 0, `${command} ${args.join(' ')}: ${output}`);
  return output;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-deploy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const kinds = (documents: string): readonly string[] =>
  [...documents.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind as string).sort();

test('[CLU22] Helm takes the chart, whatever is switched on, and refuses it without what must be given', async (t) => {
  const missing = await missingHelm();
  if (missing !== null) return t.skip(`not run: ${missing}`);
  const set = (values: readonly string[]) => values.flatMap((value) => ['--set', value]);
  assert.match(
    await ran(helm(), ['lint', '--strict', chart, ...set([...given, ...everything])]),
    /0 chart\(s\) failed/,
  );
  const core = ['Deployment', 'PodDisruptionBudget', 'PodDisruptionBudget', 'Service', 'Service', 'StatefulSet'];
  const least = await ran(helm(), ['template', 'one', chart, ...set(given)]);
  assert.deepEqual(kinds(least), [...core, 'HorizontalPodAutoscaler'].sort());
  const most = await ran(helm(), ['template', 'one', chart, ...set([...given, ...everything])]);
  assert.deepEqual(kinds(most), [...core, 'Ingress', 'ServiceMonitor'].sort());
  for (const documents of [least, most]) {
    assert.equal(documents.match(/enableServiceLinks: false/g)?.length, 2, 'no PARLEY_… variable but its own');
    assert.doesNotMatch(documents, /<no value>|%!/);
    assert.doesNotMatch(documents, /sessionAffinity/, 'all who come through one proxy would be at one gateway');
  }
  for (const [n, value] of given.entries()) {
    const { code, output } = await runProgram(helm(), ['template', 'one', chart, ...set(given.toSpliced(n, 1))], {
      timeoutMs: programMs,
    });
    assert.notEqual(code, 0);
    assert.match(output, new RegExp(`${value.split('=')[0]} must be given`));
  }
});

test('[CLU22] HAProxy and nginx take their files', async (t) => {
  for (const name of ['haproxy', 'nginx'] as const) {
    const missing = await missingBalancer(name);
    if (missing !== null) return t.skip(`not run: ${missing}`);
  }
  await ran('/usr/sbin/haproxy', ['-c', '-f', 'deploy/haproxy/haproxy.cfg']);
  const folder = folderOf(t);
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=chat.example.org'];
  await ran('openssl', [...made, '-keyout', key, '-out', certificate]);
  const site = readFileSync('deploy/nginx/parley.conf', 'utf8')
    .replace('/etc/ssl/parley/fullchain.pem', certificate)
    .replace('/etc/ssl/parley/privkey.pem', key);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `pid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${site}\n}\n`);
  await ran('/usr/sbin/nginx', ['-t', '-q', '-c', file, '-p', folder, '-e', 'stderr']);
});

test('[CLU22] systemd takes the units', async (t) => {
  const { code: isThere } = await runProgram('systemd-analyze', ['--version'], { timeoutMs: programMs });
  if (isThere !== 0) return t.skip('not run: no systemd-analyze');
  const folder = folderOf(t);
  for (const name of ['parley.service', 'parley@.service']) copyFileSync(`deploy/systemd/${name}`, join(folder, name));
  for (const unit of ['parley.service', 'parley@gateway.service']) {
    const { output } = await runProgram('systemd-analyze', ['verify', '--man=no', join(folder, unit)], {
      timeoutMs: programMs,
    });
    // Of the unit itself: that /srv/parley, its user and npm are missing here is nothing to do with it.
    const own = output.split('\n').filter((line) => line.includes(folder) || line.startsWith('parley'));
    const wrong = own.filter((line) => !/not executable|No such file|does not exist/.test(line));
    assert.deepEqual(wrong, []);
  }
});
