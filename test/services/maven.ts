import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runProgram } from './process.ts';

const DOWNLOAD_MS = 300_000;

/** Folder of the jars that `artifacts` (`group:artifact:version`) need at run time, from the cache or from Maven. */
export function jarsOf(name: string, artifacts: readonly string[]): Promise<string> {
  return cached(name, async (folder) => {
    await writeFile(join(folder, 'pom.xml'), pomOf(artifacts));
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    await runProgram('mvn', ['-q', '-B', ...goal], folder, DOWNLOAD_MS);
  });
}

/** Folder with the unpacked archive `group:artifact:version:tar.gz:classifier`. */
export function archiveOf(name: string, artifact: string): Promise<string> {
  return cached(name, async (folder) => {
    const goal = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
    await runProgram('mvn', ['-q', '-B', ...goal], folder, DOWNLOAD_MS);
    await runProgram('sh', ['-c', 'tar xzf ./*.tar.gz && rm ./*.tar.gz'], folder, DOWNLOAD_MS);
  });
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>evrun.test</groupId><artifactId>services</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
