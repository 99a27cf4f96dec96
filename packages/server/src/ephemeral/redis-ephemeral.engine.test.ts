import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { redisClient } from '../engines/redis.ts';
import { hostClock } from '../kernel/clock.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { ephemeralContract } from './ephemeral.contract.ts';
import { RedisEphemeral } from './redis-ephemeral.ts';

ephemeralContract('small values in Redis', async () => {
  const prefix = `test-${randomUUID()}:`;
  const end = async () => {
    const client = redisClient({ urls: [testEngine('redis').url], prefix }, () => {});
    await client.opened;
    const values = new RedisEphemeral({ client, prefix, clock: hostClock });
    const dispose = values[Symbol.asyncDispose].bind(values);
    return Object.assign(values, {
      async [Symbol.asyncDispose]() {
        await dispose();
        client.close();
      },
    });
  };
  const pass = async (ms: number) => {
    await wait(ms);
  };
  return { here: await end(), there: await end(), pass };
});
