// `parley migrate`: makes what a cluster needs in its engines, or brings it up to date, and serves nothing. Every process
// does the same when it starts; done before, a new version is rolled out over engines that are ready for it. It must never
// change what the version that runs still reads.
import { kafkaParts, openBucket, openKeyspace } from './compose-engines.ts';
import type { Config } from './config.ts';
import { openCassandraDirectory } from './directory/cassandra-directory.ts';
import { hostClock } from './kernel/clock.ts';
import { openKafkaLog } from './log/kafka-log.ts';
import { refuseWhileMoving } from './move/move-mark.ts';
import { openCassandraStore } from './store/cassandra-store.ts';

/** Who starts it hears of faults at once. */
const quiet = { alarm: () => {}, alarmOver: () => {} };

/** Resolves to the exit code. What could not be done is said in words for the operator. */
export async function migrate(
  config: Config,
  { say, complain }: { readonly say: (text: string) => void; readonly complain: (text: string) => void },
): Promise<number> {
  try {
    await using session = await openKeyspace(config);
    await using _directory = await openCassandraDirectory(session);
    await refuseWhileMoving(session);
    await using log = await openKafkaLog(kafkaParts(config));
    await using _store = await openCassandraStore({
      ...{ session, logId: log.id, partitions: log.partitions },
      clock: hostClock,
    });
    say(`Kafka      topic ${kafkaParts(config).topic}, ${log.partitions} partitions`);
    say(`Cassandra  keyspace ${config.cassandraKeyspace}, tables up to date`);
    const bucket = await openBucket(config, quiet);
    // What is asked for has to be there, not only later.
    await bucket?.list('', 1);
    await bucket?.[Symbol.asyncDispose]();
    say(bucket === null ? 'S3         not set: no files' : `S3         bucket ${config.s3Bucket}`);
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : 'The engines cannot be made ready.');
    return 1;
  }
}
