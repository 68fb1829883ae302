import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { keptFolder } from './keep.ts';
import { archiveOf } from './maven.ts';
import { freePorts } from './ports.ts';
import { killNow, startKept, until } from './process.ts';
import { oncePerRun } from './shared.ts';

const VERSION = '2.6.13.Final';
const READY_MS = 60_000;

/** Apicurio Registry with Confluent's API, kept in memory. */
export interface Registry {
  /** Base of Confluent's API, e.g. `http://127.0.0.1:41234/apis/ccompat/v7`: what clients are configured with. */
  readonly url: string;
  /** Registers a schema (default: Avro) and returns its id. */
  register(subject: string, schema: string, type?: 'AVRO' | 'JSON' | 'PROTOBUF'): Promise<number>;
  /** SIGKILL; what was registered is gone. Not for the shared one. */
  stop(): Promise<void>;
}

/** Folder of the unpacked registry; downloads 142 MB the first time. */
export function registryFiles(): Promise<string> {
  return archiveOf(`apicurio-${VERSION}`, `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`);
}

/** The one registry of this test run: use subjects of your own. It ends with the run. */
export async function sharedRegistry(): Promise<Registry> {
  const { url } = await oncePerRun('registry', launch);
  return registryAt(url, async () => {});
}

/** A registry of one's own, to stop. `port`: where it listens, default a free one. */
export async function startRegistry(port?: number): Promise<Registry> {
  const folder = keptFolder('registry');
  const { url, pid } = await launch(folder, port);
  return registryAt(url, async () => {
    await killNow(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}

async function launch(folder: string, wanted?: number) {
  const [files, [free]] = await Promise.all([registryFiles(), freePorts(1)]);
  const port = wanted ?? free;
  const jar = join(files, `apicurio-registry-app-${VERSION}-runner.jar`);
  const quarkus = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
  const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const pid = startKept('registry', 'java', [...java, ...quarkus, '-jar', jar], folder);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  await until('the schema registry to be ready', READY_MS, async () => (await fetch(`${url}/subjects`)).ok);
  return { url, pid };
}

function registryAt(url: string, stop: () => Promise<void>): Registry {
  return {
    url,
    stop,
    async register(subject, schema, schemaType = 'AVRO') {
      const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema, schemaType }),
      });
      if (!response.ok) throw new Error(`the registry refused ${subject}: ${await response.text()}`);
      return ((await response.json()) as { id: number }).id;
    },
  };
}
