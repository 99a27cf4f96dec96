// Java engines from Maven's repository: the jars of one artifact with everything it needs, copied once into a folder of
// the checkout. It promises that a folder is whole, or is not there.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, runProgram } from '../program.ts';

/**
 * How an engine's own code is compiled. `soon`: it starts sooner and is as fast as it gets within a minute, for tests.
 * `well`: as its makers have it, which after minutes of load is twice as fast.
 */
export type Compiling = 'soon' | 'well';

/** For `java`. */
export const compilerFlags: Readonly<Record<Compiling, readonly string[]>> = {
  soon: ['-XX:TieredStopAtLevel=1'],
  well: [],
};

/** How long Maven may take. Milliseconds. */
const fetchMs = 5 * 60_000;

/** Where the engines are kept. Not in version control; removing it only costs another fetch. */
export const enginesFolder = join(checkout, '.engines');

/** `group:artifact:version`. */
export type Artifact = `${string}:${string}:${string}`;

/** What is missing on this machine to run engines in Java; null: nothing. */
export async function missingJava(): Promise<string | null> {
  const { code, output } = await runProgram('java', ['-version'], { timeoutMs: 30_000 });
  if (code !== 0) return 'no Java on PATH; Kafka and Cassandra need Java 17';
  if (!/version "(17|18|19|2\d)/.test(output)) return `Kafka and Cassandra need Java 17: ${output.split('\n')[0]}`;
  const maven = await runProgram('mvn', ['-q', '--version'], { timeoutMs: 30_000 });
  return maven.code === 0 ? null : 'no Maven on PATH; it fetches Kafka and Cassandra';
}

/** The folder with the jars of these artifacts. @throws {Error} with Maven's last words */
export async function jars(name: string, artifacts: readonly Artifact[]): Promise<string> {
  const folder = join(enginesFolder, name);
  if (existsSync(folder)) return folder;
  const draft = join(enginesFolder, `${name}.draft-${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'pom.xml'), project(name, artifacts));
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'];
  const { code, output } = await runProgram('mvn', ['-f', join(draft, 'pom.xml'), ...args], { timeoutMs: fetchMs });
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`Maven could not fetch ${name}: ${output.slice(-1_000)}`);
  }
  renameSync(draft, folder);
  return folder;
}

function project(name: string, artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>parley.engines</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
