import { describe } from 'vitest';
import { keptFolder } from './keep.ts';
import { freePorts } from './ports.ts';
import { killNow, startKept, until } from './process.ts';
import { findEmulator } from './pubsub-jar.mjs';
import { oncePerRun } from './shared.ts';

/*
 * Google's Pub/Sub emulator, from a Google SDK on this machine: it is in no package registry, so tests that need it
 * are skipped where it is not found, also where other servers are required.
 */

const PROJECT = 'evrun-test';
const READY_MS = 60_000;

export interface Emulator {
  /** `http://127.0.0.1:port`; as PUBSUB_EMULATOR_HOST without `http://`. */
  readonly url: string;
  readonly project: string;
  /** Without a subscription a topic keeps nothing. `options`: of the subscription, as the REST API has them. */
  create(names: { topic?: string; subscription?: string }, options?: object): Promise<void>;
  /** Resolves to the message ids. `data` is text. */
  publish(topic: string, messages: readonly Message[]): Promise<readonly string[]>;
  /** What is there now: pulled and acknowledged. */
  take(subscription: string): Promise<readonly Taken[]>;
  /** A call of the REST API: `subscriptions/s:pull`. Throws for an answer other than 2xx. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
}

export interface Message {
  readonly data?: string | Uint8Array;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

export interface Taken {
  readonly data: string;
  readonly messageId: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

const jar = findEmulator();

/** Why tests of Pub/Sub cannot run here; undefined = they can. */
export const noEmulator =
  jar === undefined
    ? 'Google’s Pub/Sub emulator is not on this machine (platform/pubsub-emulator of a Google SDK; it is in no registry)'
    : undefined;

export function describeWithPubSub(name: string, tests: () => void): void {
  describe.skipIf(noEmulator !== undefined)(
    noEmulator === undefined ? name : `${name} (${noEmulator})`,
    tests,
  );
}

/** The one emulator of this test run: use names of your own. It ends with the run. */
export async function sharedEmulator(): Promise<Emulator> {
  return emulatorAt(await oncePerRun('pubsub', start));
}

/** An emulator of one's own, to kill. */
export async function startEmulator(): Promise<Emulator & { kill(): Promise<void> }> {
  const { port, pid } = await start(keptFolder('pubsub'));
  return { ...emulatorAt({ port }), kill: () => killNow(pid) };
}

async function start(folder: string): Promise<{ port: number; pid: number }> {
  if (jar === undefined) throw new Error(noEmulator);
  const [port] = (await freePorts(1)) as [number];
  const args = ['-Xmx512m', '-XX:+UseSerialGC', '-jar', jar, '--host=127.0.0.1', `--port=${port}`];
  const pid = startKept('emulator', 'java', args, folder);
  const probe = async () => (await fetch(`http://127.0.0.1:${port}/v1/projects/${PROJECT}/topics`)).ok;
  await until('the Pub/Sub emulator to answer', READY_MS, probe);
  return { port, pid };
}

function emulatorAt({ port }: { port: number }): Emulator {
  const url = `http://127.0.0.1:${port}`;
  const full = (kind: string, name: string) => `projects/${PROJECT}/${kind}/${name}`;

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${url}/v1/projects/${PROJECT}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  return {
    url,
    project: PROJECT,
    call,
    async create({ topic, subscription }, options = {}) {
      const { topics = [] } = (await call('GET', 'topics?pageSize=1000')) as { topics?: { name: string }[] };
      const there = topics.some(({ name }) => name === full('topics', topic ?? ''));
      if (topic !== undefined && !there) await call('PUT', `topics/${topic}`, {});
      if (subscription === undefined || topic === undefined) return;
      await call('PUT', `subscriptions/${subscription}`, { topic: full('topics', topic), ...options });
    },
    async publish(topic, messages) {
      const ids: string[] = [];
      for (let i = 0; i < messages.length; i += 1_000) {
        const portion = messages.slice(i, i + 1_000).map(({ data, ...rest }) => {
          return { ...(data === undefined ? {} : { data: Buffer.from(data).toString('base64') }), ...rest };
        });
        const answer = await call('POST', `topics/${topic}:publish`, { messages: portion });
        ids.push(...(answer['messageIds'] as string[]));
      }
      return ids;
    },
    async take(subscription) {
      const taken: Taken[] = [];
      for (;;) {
        const path = `subscriptions/${subscription}`;
        const pull = { maxMessages: 1_000, returnImmediately: true };
        const { receivedMessages: all = [] } = (await call('POST', `${path}:pull`, pull)) as {
          receivedMessages?: { ackId: string; message: Taken }[];
        };
        if (all.length === 0) return taken;
        await call('POST', `${path}:acknowledge`, { ackIds: all.map(({ ackId }) => ackId) });
        for (const { message } of all) {
          taken.push({ ...message, data: Buffer.from(message.data ?? '', 'base64').toString() });
        }
      }
    },
  };
}
