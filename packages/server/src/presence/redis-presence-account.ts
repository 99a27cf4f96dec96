// What stands in Redis of one account that is or was there: its sockets by node and device, when the last one went, and
// until when it counts as there all the same. Each change is one script, so that nodes never half-see each other's.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Command } from '../engines/redis.ts';
import { presenceLifeMs, presenceMemoryMs } from '../kernel/limits.ts';

/** An account, as it stands in Redis. */
export interface Standing {
  /** Nodes that say they have a socket of it, and under which field. */
  readonly sockets: readonly { readonly node: string; readonly field: string }[];
  readonly leftAt: number | null;
  readonly graceUntil: number | null;
}

/** The commands about accounts and devices under one prefix. */
export class PresenceKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A socket is there. Answers how the account stood before. */
  come(account: AccountId, device: DeviceId, node: string): Command {
    return ['EVAL', come, 1, this.#account(account), field(node, device), presenceLifeMs];
  }

  /** A socket went. Answers how the account stands now. */
  go(
    account: AccountId,
    device: DeviceId,
    node: string,
    { leftAt, until }: { leftAt: number; until: number },
  ): Command {
    return ['EVAL', go, 1, this.#account(account), field(node, device), leftAt, until, presenceMemoryMs];
  }

  /** All sockets on a node are gone with it. Answers how the account stands now. */
  bury(account: AccountId, node: string, { leftAt, until }: { leftAt: number; until: number }): Command {
    return ['EVAL', bury, 1, this.#account(account), field(node, ''), leftAt, until, presenceMemoryMs];
  }

  /** The grace is over: answers 1 when nobody came since it began. `gone`: fields of nodes that are no more. */
  leave(account: AccountId, until: number, gone: readonly string[]): Command {
    return ['EVAL', leave, 1, this.#account(account), until, presenceMemoryMs, ...gone];
  }

  standing(account: AccountId): Command {
    return ['HGETALL', this.#account(account)];
  }

  deviceCame(device: DeviceId, node: string): readonly Command[] {
    const key = this.#device(device);
    return [
      ['HSET', key, node, 1],
      ['PEXPIRE', key, presenceLifeMs],
    ];
  }

  deviceWent(device: DeviceId, node: string): Command {
    return ['HDEL', this.#device(device), node];
  }

  /** The nodes that have a socket of this device. */
  deviceNodes(device: DeviceId): Command {
    return ['HKEYS', this.#device(device)];
  }

  /** This node answers for the account: should it die, somebody looks after it. */
  note(node: string, account: AccountId): Command {
    return ['SADD', this.peopleOf(node), account];
  }

  /** Those that a node answers for are remembered, should it die and nobody be there. */
  keep(node: string): Command {
    return ['PEXPIRE', this.peopleOf(node), presenceMemoryMs];
  }

  dismiss(node: string, account: AccountId): Command {
    return ['SREM', this.peopleOf(node), account];
  }

  /** The accounts that a node answers for. */
  peopleOf(node: string): string {
    return `${this.#prefix}pn:${node}`;
  }

  /** Who takes down a dead node. */
  burialOf(node: string): string {
    return `${this.#prefix}pb:${node}`;
  }

  #account(account: AccountId): string {
    return `${this.#prefix}p:${account}`;
  }

  #device(device: DeviceId): string {
    return `${this.#prefix}pd:${device}`;
  }
}

/** What an answer says. Fields and values in turn, or by name. */
export function standingIn(answer: unknown): Standing {
  const fields = Array.isArray(answer) ? pairs(answer.map(String)) : Object.entries(answer as Record<string, string>);
  const sockets: { node: string; field: string }[] = [];
  let leftAt: number | null = null;
  let graceUntil: number | null = null;
  for (const [name, value] of fields) {
    if (name === 'left') leftAt = Number(value);
    else if (name === 'until') graceUntil = Number(value);
    else sockets.push({ node: name.slice(0, name.indexOf('/')), field: name });
  }
  return { sockets, leftAt, graceUntil };
}

const field = (node: string, device: string): string => `${node}/${device}`;

function* pairs(flat: readonly string[]): Iterable<readonly [string, string]> {
  for (let at = 0; at < flat.length; at += 2) yield [flat[at] ?? '', flat[at + 1] ?? ''];
}

const come = `
local before = redis.call('HGETALL', KEYS[1])
redis.call('HSET', KEYS[1], ARGV[1], 1)
redis.call('HDEL', KEYS[1], 'left', 'until')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return before`;

/** Writes the later of two times; the life of the key is never cut short. */
const later = `
local function later(name, value)
  local before = redis.call('HGET', KEYS[1], name)
  if not before or tonumber(before) < tonumber(value) then redis.call('HSET', KEYS[1], name, value) end
end`;

const go = `${later}
redis.call('HDEL', KEYS[1], ARGV[1])
later('left', ARGV[2])
later('until', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return redis.call('HGETALL', KEYS[1])`;

const bury = `${later}
local gone = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1]) == ARGV[1] then gone = gone + redis.call('HDEL', KEYS[1], field) end
end
if gone > 0 then
  later('left', ARGV[2])
  later('until', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return redis.call('HGETALL', KEYS[1])`;

const leave = `
if redis.call('HGET', KEYS[1], 'until') ~= ARGV[1] then return 0 end
for at = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[at]) end
if redis.call('HLEN', KEYS[1]) > 2 then return 0 end
redis.call('HDEL', KEYS[1], 'until')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;
