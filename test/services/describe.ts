import { describe, it } from 'vitest';
import { kafkaJars } from './kafka-broker.ts';
import { runProgram } from './process.ts';
import { registryFiles } from './registry.ts';

/**
 * `describe` for tests that need servers. Where they cannot be had (no Java, no Maven, no network), the tests are
 * skipped and the reason stands in their name; with `EVRUN_TEST_SERVICES=required`, as in CI, that is a failure.
 * Await it at the top of a file: it downloads what is not in the cache yet.
 *
 *     const describeWithKafka = await needs('kafka');
 *     describeWithKafka('a consumer', () => { … });
 */
export async function needs(
  ...servers: readonly Server[]
): Promise<(name: string, tests: () => void) => void> {
  const reason = await whyNot(servers);
  if (reason === undefined) return (name, tests) => void describe(name, tests);
  if (process.env['EVRUN_TEST_SERVICES'] === 'required') {
    return (name) =>
      describe(name, () => {
        it(`has ${servers.join(' and ')}`, () => {
          throw new Error(reason);
        });
      });
  }
  return (name, tests) => void describe.skip(`${name} (skipped: ${reason})`, tests);
}

export type Server = 'kafka' | 'registry';

const FILES: Readonly<Record<Server, () => Promise<unknown>>> = { kafka: kafkaJars, registry: registryFiles };

/** Undefined: they can be started here. */
export async function whyNot(servers: readonly Server[]): Promise<string | undefined> {
  try {
    await runProgram('java', ['-version'], '.', 30_000);
    await runProgram('openssl', ['version'], '.', 30_000);
    for (const server of servers) await FILES[server]();
    return undefined;
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return `${servers.join(' and ')} cannot be started here: ${line}`;
  }
}
