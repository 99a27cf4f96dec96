import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type RedisCluster, startRedisCluster } from '../../../../scripts/engines/redis.ts';
import { presenceContract } from './presence.contract.ts';
import { openPair } from './redis-presence-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-redis-cluster-'));
let cluster: RedisCluster | null = null;

before(async () => {
  cluster = await startRedisCluster(folder, 21_403);
});

after(async () => {
  await cluster?.end();
  rmSync(folder, { recursive: true, force: true });
});

presenceContract('redis presence on a cluster of three', () => {
  assert.ok(cluster !== null);
  return openPair({ urls: cluster.urls, cluster: true });
});
