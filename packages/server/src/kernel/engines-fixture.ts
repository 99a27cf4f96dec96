// Where the real engines are that the tests of adapters run against. `npm test` starts them and says so here; one file
// alone runs after `npm run engines`.
import assert from 'node:assert/strict';

/** What `scripts/engines` started, at addresses on loopback, and fetched. */
export interface TestEngines {
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  readonly kafka: { readonly brokers: readonly string[] };
  readonly cassandra: {
    readonly contactPoints: readonly string[];
    readonly port: number;
    readonly dataCenter: string;
  };
  readonly redis: { readonly url: string };
  /** Test data of Project Wycheproof. */
  readonly vectors: { readonly folder: string };
}

/** The one that is named. Fails where none was started. */
export function testEngine<Name extends keyof TestEngines>(name: Name): TestEngines[Name] {
  const given = process.env.PARLEY_TEST_ENGINES;
  assert.ok(given, 'PARLEY_TEST_ENGINES is not set: run `npm run engines` beside this, it prints the value');
  return (JSON.parse(given) as TestEngines)[name];
}
