// Where a Kafka cluster is, and the one topic of the log in it: made when it is missing, with the settings that a log
// needs, and refused when it has others. [LOG25]
import { Admin, type BaseOptions, ConfigResourceTypes } from '@platformatic/kafka';
import {
  kafkaRequestMs,
  kafkaRetentionMs,
  kafkaWorkMs,
  maxKafkaBatchBytes,
  minKafkaRetentionMs,
} from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { LogRefused } from './log.ts';

/** What a cluster is reached with. */
export interface KafkaParts {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Fixed for ever: which conversation is where depends on it. */
  readonly partitions: number;
  /** How this process is called at the brokers. */
  readonly clientId: string;
  readonly tls?: boolean;
  readonly user?: { readonly name: string; readonly password: string };
  /** Allows fewer than three copies. */
  readonly unsafe?: boolean;
}

/** Three copies, two of which acknowledge. */
const copies = 3;

/** Options of every client of this cluster. `answerMs`: how long a broker may take to be connected, and to answer. */
export function clientOptions(
  { brokers, clientId, tls, user }: KafkaParts,
  answerMs = kafkaRequestMs,
): BaseOptions & { readonly requestTimeout: number } {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    timeout: kafkaRequestMs,
    requestTimeout: answerMs,
    connectTimeout: answerMs,
    autocreateTopics: false,
    ...(tls && { tls: {} }),
    ...(user && { sasl: { mechanism: 'SCRAM-SHA-512' as const, username: user.name, password: user.password } }),
  };
}

/** The topic that is the log. */
export interface Topic {
  readonly id: string;
  /** How long it keeps a record, whether it was applied or not. Milliseconds. */
  readonly retentionMs: number;
}

/** Finds the topic, or makes it. @throws {LogRefused} it is not fit to be the log */
export async function openTopic(parts: KafkaParts): Promise<Topic> {
  try {
    const admin = new Admin({ ...clientOptions(parts), retries: 3 });
    return await workOf(admin, () => findTopic(admin, parts));
  } catch (cause) {
    if (cause instanceof LogRefused || cause instanceof Unavailable) throw cause;
    throw new Unavailable('Kafka cannot be reached.', { cause });
  }
}

async function findTopic(admin: Admin, parts: KafkaParts): Promise<Topic> {
  const brokers = (await admin.metadata({ topics: [] })).brokers.size;
  const wanted = parts.unsafe ? Math.min(copies, brokers) : copies;
  if (brokers < wanted)
    throw new LogRefused(
      'foreign',
      `Kafka has ${brokers} brokers; a log needs ${copies}. (PARLEY_UNSAFE allows fewer.)`,
    );
  if (!(await admin.listTopics()).includes(parts.topic)) await make(admin, parts, wanted);
  const retentionMs = await check(admin, parts);
  const found = (await admin.metadata({ topics: [parts.topic], forceUpdate: true })).topics.get(parts.topic);
  if (found === undefined) throw new Unavailable('The topic of the log is not there yet.');
  if (found.partitionsCount !== parts.partitions)
    throw new LogRefused(
      'foreign',
      `The topic ${parts.topic} has ${found.partitionsCount} partitions, and ${parts.partitions} are set: they never change.`,
    );
  return { id: found.id, retentionMs };
}

async function make(admin: Admin, { topic, partitions }: KafkaParts, replicas: number): Promise<void> {
  const configs = Object.entries(settings(replicas)).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas, configs });
  } catch (error) {
    // Several processes start at once: one of them made it.
    if (!(await admin.listTopics()).includes(topic)) throw error;
  }
}

function settings(replicas: number): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(kafkaRetentionMs),
    'min.insync.replicas': String(Math.max(1, replicas - 1)),
    'unclean.leader.election.enable': 'false',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(2 * maxKafkaBatchBytes),
  };
}

async function check(admin: Admin, { topic, unsafe = false }: KafkaParts): Promise<number> {
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic };
  const [found] = await admin.describeConfigs({ resources: [resource] });
  return keptFor(topic, new Map(found?.configs.map((config) => [config.name, config.value ?? ''])), unsafe);
}

/**
 * How long a topic with these settings keeps records. Milliseconds. @throws {LogRefused} what others have set may lose
 * records, or changes what a time means
 */
export function keptFor(topic: string, value: ReadonlyMap<string, string>, unsafe: boolean): number {
  const wrong: string[] = [];
  if (value.get('message.timestamp.type') !== 'LogAppendTime')
    wrong.push('message.timestamp.type must be LogAppendTime');
  if (value.get('cleanup.policy') !== 'delete') wrong.push('cleanup.policy must be delete');
  if (value.get('unclean.leader.election.enable') !== 'false')
    wrong.push('unclean.leader.election.enable must be false');
  if (!unsafe && Number(value.get('min.insync.replicas')) < 2) wrong.push('min.insync.replicas must be 2');
  // What is dropped for its size alone may not have been applied.
  if (Number(value.get('retention.bytes') ?? -1) >= 0) wrong.push('retention.bytes must be -1');
  const kept = Number(value.get('retention.ms') ?? -1);
  const retentionMs = kept < 0 ? Number.POSITIVE_INFINITY : kept;
  if (!unsafe && retentionMs < minKafkaRetentionMs) wrong.push('retention.ms must be a day or more');
  if (wrong.length > 0)
    throw new LogRefused('foreign', `The topic ${topic} is not fit for a log: ${wrong.join('; ')}.`);
  return retentionMs;
}

/** The library said nothing in time. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** What the library does. After a fault it may never call back. @throws {NoAnswer} it takes longer */
export async function withDeadline<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a client does that is made for this, then closed; its closing is not waited for. @throws {NoAnswer} it takes longer */
export async function workOf<Value>(
  client: { close(): Promise<void> },
  work: () => Promise<Value>,
  ms = kafkaWorkMs,
): Promise<Value> {
  try {
    return await withDeadline(work(), ms);
  } finally {
    client.close().catch(() => {});
  }
}

/** The answer of a broker in which something was refused: it stands in what the library throws, or nowhere. */
export function responseIn<Response extends { readonly responses: unknown }>(error: unknown): Response | null {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { response, errors = [] } = each as {
      readonly response?: Partial<Response>;
      readonly errors?: readonly unknown[];
    };
    if (response?.responses !== undefined) return response as Response;
    for (const inner of errors) {
      const found = responseIn<Response>(inner);
      if (found !== null) return found;
    }
  }
  return null;
}
