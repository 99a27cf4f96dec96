import { after } from 'node:test';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import { openCassandraDirectory } from './cassandra-directory.ts';
import { emptied } from './cassandra-fixture.ts';
import { directoryContract } from './directory.contract.ts';

// testEngine('cassandra')
const session = await openCassandra(freshKeyspace());
after(() => dropKeyspace(session));

directoryContract('the directory in Cassandra', async () => openCassandraDirectory(await emptied(session)));
