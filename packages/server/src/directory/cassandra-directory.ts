// The directory in Cassandra, whole: what changes together is one partition's, what follows elsewhere is due in it until
// somebody has done it. Any number of processes use it at once, and any of them may die anywhere. Decision 0015.
import type { CassandraSession } from '../engines/cassandra-session.ts';
import { endedKeptMs } from '../kernel/limits.ts';
import { CassandraAccounts } from './cassandra-accounts.ts';
import { CassandraAnswers } from './cassandra-answers.ts';
import { CassandraBackup } from './cassandra-backup.ts';
import { CassandraDevices, CassandraTokens } from './cassandra-devices.ts';
import { CassandraFiles } from './cassandra-files.ts';
import { CassandraInvites } from './cassandra-invites.ts';
import { CassandraKeys } from './cassandra-keys.ts';
import { List } from './cassandra-list.ts';
import { Owners } from './cassandra-owners.ts';
import { CassandraIntents, CassandraPeople } from './cassandra-people.ts';
import { Pools } from './cassandra-pools.ts';
import { CassandraQueues } from './cassandra-queues.ts';
import { CassandraReports } from './cassandra-reports.ts';
import { CassandraDehydrated, CassandraVault } from './cassandra-sealed.ts';
import { Settle } from './cassandra-settle.ts';
import { Shelves } from './cassandra-shelves.ts';
import { SignUps } from './cassandra-signups.ts';
import { directorySchema } from './cassandra-tables.ts';
import { Work } from './cassandra-work.ts';
import type { Directory } from './directory.ts';

/** Entries of the revocation list stay in the engine longer than they count. Seconds. */
const endedSeconds = (2 * endedKeptMs) / 1_000;

/**
 * Makes the tables where they are missing. The session stays its owner's, who closes it.
 * @throws {EngineRefused | Unavailable} a newer schema is there; the cluster cannot serve
 */
export async function openCassandraDirectory(session: CassandraSession): Promise<Directory> {
  await session.migrate(directorySchema);
  const owners = new Owners(session);
  const shelves = new Shelves(session);
  const ended = new List(owners, 'ended', endedSeconds);
  const changes = new List(owners, 'changes', 0);
  const answers = new CassandraAnswers(session, owners);
  const settle = new Settle({ owners, work: new Work(session), ended, changes, shelves, answers });
  const invites = new CassandraInvites(owners, shelves, settle);
  const signUps = new SignUps(owners, shelves, settle, invites);
  const accounts = new CassandraAccounts({ owners, shelves, settle, signUps, invites, ended, changes });
  const people = new CassandraPeople(owners, shelves, settle);
  const pools = new Pools(owners);
  return {
    accounts,
    people,
    devices: new CassandraDevices({ owners, shelves, settle, signUps, accounts, ended }),
    tokens: new CassandraTokens(owners, shelves),
    invites,
    intents: new CassandraIntents(shelves, settle),
    answers,
    files: new CassandraFiles(session),
    reports: new CassandraReports(owners),
    keys: new CassandraKeys({ owners, settle, changes, pools, people }),
    toDevice: new CassandraQueues(owners),
    vault: new CassandraVault(owners),
    backup: new CassandraBackup(owners),
    dehydrated: new CassandraDehydrated({ owners, settle, signUps, pools, changes }),
    [Symbol.asyncDispose]: async () => {},
  };
}
