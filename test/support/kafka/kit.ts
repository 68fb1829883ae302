import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import { type KafkaClient, openKafka } from '../../../src/support/kafka/client.ts';
import { kafkaSettings } from '../../../src/support/kafka/connection.ts';
import { silentLogger } from '../../../src/support/logging/log-silent.ts';

export type Config = Readonly<Record<string, unknown>>;

/** What a test opened, closed by `closeAll` in the reverse order. */
export class Opened {
  private readonly closers: (() => Promise<unknown>)[] = [];

  async client(bootstrap: string, consumer_config: Config = {}): Promise<KafkaClient> {
    const client = await openKafka(
      kafkaSettings({ bootstrap, consumer_config }, 'consumer', {}),
      silentLogger,
    );
    this.later(() => client.close());
    return client;
  }

  later(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }

  async closeAll(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

export async function evrunFailure(promise: Promise<unknown>): Promise<EvrunError> {
  const error = await failure(promise);
  expect(error).toBeInstanceOf(EvrunError);
  return error as EvrunError;
}

/** Packs the client's certificate and key into a PKCS#12 file. */
export async function keystore(
  files: { readonly clientCert: string; readonly clientKey: string },
  path: string,
  password: string,
): Promise<void> {
  const pair = ['-in', files.clientCert, '-inkey', files.clientKey];
  await promisify(execFile)('openssl', [
    'pkcs12',
    '-export',
    ...pair,
    '-out',
    path,
    '-passout',
    `pass:${password}`,
  ]);
}
