// Bounds of what speaks to engines: Kafka, Cassandra, Redis, S3; and of processes that share them. Units in the names.

// Bus
/** Hints that listeners publish while they are told of another one; more are lost. */
export const maxBusBacklog = 10_000;
/** How long hints for other nodes wait for more of them, and which of them wait at most. */
export const busBatchMs = 2;
/** How long that rows are stored waits for other hints: readers are told of what they read within a second more. [SEQ61] */
export const busStoredMs = 50;
export const maxBusQueue = 20_000;
export const maxBusQueueBytes = 16 * 1024 * 1024;
/** One message of the bus ends with the hint that passes this; what Redis has not yet taken of all is bounded. */
export const busMessageBytes = 256 * 1024;
export const maxBusUnsentBytes = 16 * 1024 * 1024;
/**
 * Where a topic is wanted is believed for so long, or while more than half as many as may be are known, only for the
 * second time; then it is looked up once more, for those who came meanwhile.
 */
export const busRouteTrustMs = 10_000;
export const busRouteShortTrustMs = 1_000;
export const maxBusRoutes = 200_000;
/** Topics for which a node is told one by one to look again; of more, all of it looks again. */
export const maxBusMissed = 1_000;
/** Every node hears from every other this often; silence for so long means that hints may be lost. */
export const busBeatMs = 1_000;
export const busSilenceMs = 4_000;
/** While nothing arrives at all everybody is told to look again this often. */
export const busBlindMs = 30_000;
/** Losses within this time of each other are one. */
export const busResyncPauseMs = 250;
/** How long `ready` waits at most for what is wanted to be known. */
export const busReadyMs = 1_000;
/** Routes in Redis last so long, and are written again in this time. */
export const busRouteLifeMs = 3_600_000;
export const busRouteRenewalMs = 1_200_000;
/** Commands to Redis in one go. */
export const maxRedisCommands = 1_000;
/** A node is there for so long after it last said so; it says so this often. */
export const nodeLeaseMs = 10_000;
export const nodeBeatMs = 1_000;
/** How long Redis may take to connect or to answer anything; when a broken connection is tried again. Milliseconds. */
export const redisMs = { connect: 2_000, answer: 2_000, retry: 100, maxRetry: 1_000 } as const;
/** How long the same fault of an engine is not told again, in milliseconds; how many are remembered. */
export const faultQuietMs = 10_000;
export const maxQuietFaults = 16;
/** Older ones have no sharded channels. */
export const oldestRedis = 7;
/** When a partition that could not be applied is tried again, and how seldom at last. Milliseconds. */
export const ownerRetryMs = 250;
export const maxOwnerRetryMs = 5_000;
/** Records that could not be applied and are on their way to be kept. */
export const maxDeadLettersWaiting = 100;
/** How often an owner says up to when a quiet partition is stored, and how far it stays behind what a broker told it: time
 * enough for a leader that was cut off to learn that it is none, and for clocks that differ. Milliseconds. */
export const vouchEveryMs = 2_000;
export const asOfLeewayMs = 10_000;
/** How often a gateway asks up to when everything is stored; when it says that sequencers are behind, in milliseconds; and
 * when it takes no more, as a part of the time for which the log keeps what was not applied. */
export const vouchedEveryMs = 1_000;
export const ownersBehindMs = 30_000;
export const maxBehindShare = 0.8;
/** How often a process sees that it lives, and how late it may be before it stood still: well within the time that a first
 * attempt may have waited on its way. Milliseconds. */
export const pulseMs = 1_000;
export const stallMs = 10_000;
/** When a gateway looks for a verdict of another process itself, and how seldom at last. Milliseconds. */
export const firstVerdictLookMs = 20;
export const maxVerdictLookMs = 500;
/** So long a process that starts waits for engines that are not there, and so often it looks. Milliseconds. */
export const engineStartMs = 30_000;
export const engineRetryMs = 1_000;
/** States of conversations that a gateway holds, and for how long it trusts one though hints may be lost. Milliseconds. */
export const maxHeldStates = 50_000;
export const stateTrustMs = 5_000;
/** A store that is behind what was shown of a conversation is asked for it again: so soon, each time twice as late, so often. Of
 * so many records of a conversation, the newest, a gateway remembers who said them. */
export const firstShownLookMs = 50;
export const maxShownLooks = 7;
export const maxShownSenders = 64;
/** The store is waited for so long before a state that is trusted no longer is used once more. Milliseconds. */
export const stateWaitMs = 500;
/** How often a change in Cassandra is tried when others change the same rows, and what one call does there at once. */
export const maxCassandraTries = 100;
export const directoryAtOnce = 32;
/** Numbers of a list that stand together in Cassandra; `numbersPerEpoch` is a multiple. Entries that one read brings. */
export const listBucket = 10_000;
export const listEntryReads = 1_000;
/** Accounts that one read of a list of people brings. */
export const foundReads = 100;
/** Old entries that are forgotten with each new one. */
export const oldEntriesAtOnce = 100;
/** Work of another process that did not begin is called off when it was seen so often. */
export const maxWorkSightings = 8;
/** Parts of the list of open intents, and of the rings of kept answers where there are many. */
export const intentShelves = 16;
export const answerRings = 16;
/** How often who waits for a change in Redis looks. Milliseconds. */
export const ephemeralLookMs = 250;
/** Files that are moved at once. */
export const moveFilesAtOnce = 4;
/** Most bytes of a blob in one request to an S3 store; more goes in parts, of which S3 takes 10,000. Its own least is 5 MiB. */
export const s3PartBytes = 8 * 1024 * 1024;
/** How long one request to an S3 store may take. Milliseconds. */
export const s3RequestMs = 60_000;
/** How often a request to an S3 store that failed by a fault of the server is tried again. */
export const s3Retries = 2;
/** How long a record of a log in Kafka is kept: time enough to mend whoever reads it; and how long at least, where others
 * made its topic. Milliseconds. */
export const kafkaRetentionMs = 7 * 24 * 3_600_000;
export const minKafkaRetentionMs = 24 * 3_600_000;
/** How long a request to a broker may take that waits for others; one that a broker answers by itself, or that is simply
 * tried again; and an append with everything that is tried again: longer than a broker that is silent is taken for alive,
 * and short enough that sending goes on within 10 s. Milliseconds. */
export const kafkaRequestMs = 10_000;
export const kafkaAnswerMs = 2_500;
export const kafkaDeliveryMs = 8_000;
/** How long a client of Kafka that is made for one piece of work may take, with everything that is tried again. Milliseconds. */
export const kafkaWorkMs = 30_000;
/** How long records wait for others before they are sent, and a fetch for a record; and how long a sender whose last request
 * was answered, and a reader that has everything, let more come before they go to the brokers again. Milliseconds. */
export const kafkaLingerMs = 1;
export const kafkaWaitMs = 250;
export const kafkaSendGatherMs = 20;
export const kafkaFetchGatherMs = 40;
/** How long a reader waits before it asks another broker. Milliseconds. */
export const kafkaRetryMs = 200;
/** Without a word for so long an owner of partitions is taken for dead; it says one this often, and has so long to take
 * part when partitions are shared out anew; how seldom it tries to join at last. Milliseconds. */
export const kafkaSessionMs = 6_000;
export const kafkaHeartbeatMs = 1_500;
export const kafkaRebalanceMs = 10_000;
export const maxKafkaJoinRetryMs = 5_000;
/** Clients that try batches again which were not confirmed with those of other partitions, one after the other each. */
export const kafkaAloneProducers = 8;
/** Most bytes of records in one batch; a request to a broker ends with the batch that passes this. And most bytes of a
 * fetch, and of what waits to be confirmed. */
export const maxKafkaBatchBytes = 512 * 1024;
export const maxKafkaRequestBytes = 1024 * 1024;
export const maxKafkaFetchBytes = 4 * 1024 * 1024;
/** Of one partition in a fetch; and batches that a reader of it holds before no more is fetched for it. */
export const maxKafkaPartitionBytes = 1024 * 1024;
export const maxKafkaHeldBatches = 2;
export const maxKafkaWaitingBytes = 64 * 1024 * 1024;
/** How long a connection to Cassandra, a request there and a change of its tables may take, and how often the
 * nodes are asked whether they have it; how long a lock over the tables holds without being renewed, how often it is asked for, and
 * how long others may have it; and how long a new table may be unknown to a node, and a node to the others. Milliseconds. */
export const cassandraMs = {
  connect: 5_000,
  request: 5_000,
  define: 60_000,
  look: 50,
  lock: 120_000,
  lockRetry: 250,
  migration: 240_000,
  newTable: 5_000,
  ring: 15_000,
} as const;
/** How often a request to Cassandra that failed by a fault of a node is tried again. */
export const cassandraRetries = 3;
/** A read that took so long, in milliseconds, and so many times as long as reads take at present, is asked of a second
 * node too. */
export const cassandraSlowMs = 100;
export const cassandraSlowTimes = 4;
/** Most rows of one answer. */
export const cassandraPageRows = 5_000;
/** Rows of a slice that are asked for at once: few enough for a node that is busy. */
export const cassandraSliceRows = 1_000;
/** Conversations of more than one partition of messages of which a process knows the newest. */
export const maxNewestBuckets = 50_000;
/** Rows and bytes that are written to one partition in one go, and writes of a process at the same time. */
export const cassandraBatchRows = 64;
export const cassandraBatchBytes = 128 * 1024;
export const cassandraWritesAtOnce = 256;
/** How long a position may lag behind its rows, and when one that could not be written is tried again. Milliseconds. */
export const positionDelayMs = 100;
export const positionRetryMs = 500;
/** How long a row of an id is kept: longer than an id is taken. Seconds. */
export const cassandraIdSeconds = 35 * 24 * 3_600;
/** A cell cannot be told to live longer than this. Seconds. */
export const maxCassandraSeconds = 20 * 365 * 24 * 3_600;
/** Room keys that are cleared away at once when a rotation dropped them. */
export const backupClearedAtOnce = 1_000;
/** Rivals for one partition of the directory wait at most this long before they try again. Milliseconds. */
export const maxStepBackMs = 250;
/** Rows of a page of a move into a cluster, and accounts; how often it says how far it is. Milliseconds. */
export const movePageRows = 500;
export const movePageAccounts = 50;
export const moveWordEveryMs = 5_000;
/** Whoever vouched for a partition so lately is taken to run still. Milliseconds. */
export const moveQuietMs = 30_000;
