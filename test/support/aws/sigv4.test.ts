import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashed, Signer } from '../../../src/support/aws/sigv4.ts';

interface OfficialSigner {
  sign(request: object, options: { signingDate: Date }): Promise<{ headers: Record<string, string> }>;
}

/** The signer that the official SDK uses. It comes with it, so it is found from there. */
const require = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-sqs'));
const { SignatureV4 } = require('@smithy/signature-v4') as {
  SignatureV4: new (options: object) => OfficialSigner;
};

class Sha256 {
  private readonly hash;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const requests = fc.record({
  keys: fc.record(
    {
      accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
      secretAccessKey: fc.string({ minLength: 1, maxLength: 60 }),
      sessionToken: fc.stringMatching(/^[A-Za-z0-9+/=]{1,200}$/),
    },
    { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
  ),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1'),
  service: fc.constantFrom('sqs', 'sns'),
  host: fc.oneof(fc.domain(), fc.constant('127.0.0.1:9324')),
  path: fc.array(fc.stringMatching(/^[A-Za-z0-9._~!$'()*+,;=:@-]{1,10}$/), { maxLength: 3 }).map(
    (parts) =>
      `/${parts
        .filter((part) => !/^\.+$/.test(part))
        .map(encodeURIComponent)
        .join('/')}`,
  ),
  target: word,
  extra: fc.dictionary(fc.stringMatching(/^x-amz-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,40}$/), {
    maxKeys: 3,
  }),
  body: fc.string({ unit: 'grapheme', maxLength: 300 }),
  time: fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2090, 0, 1) }),
});

describe('a signature', () => {
  it('is bit for bit the one of the official signer', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ keys, region, service, host, path, target, extra, body, time }) => {
        const headers = {
          ...extra,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AmazonSQS.${target}`,
        };
        const { 'x-amz-date': _, ...given } = headers as Record<string, string>;
        const signed = (before: (signer: Signer) => unknown) => {
          const signer = new Signer({ path, host, headers: given }, { region, service });
          before(signer);
          const pairs = signer.headers(hashed(body), keys, time);
          return Object.fromEntries(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1]]] : [])));
        };
        const ours = signed(() => undefined);
        // What was prepared for other keys, another second or another day is not used.
        const others = { ...keys, accessKeyId: 'OTHER', secretAccessKey: 'x' };
        expect(signed((signer) => signer.headers(hashed('x'), others, time))).toEqual(ours);
        expect(signed((signer) => signer.headers(hashed('x'), keys, time - 1_000))).toEqual(ours);
        expect(signed((signer) => signer.headers(hashed('x'), keys, time - 86_400_000))).toEqual(ours);
        const official = new SignatureV4({
          credentials: keys,
          region,
          service,
          sha256: Sha256,
          applyChecksum: false,
        });
        const request = {
          method: 'POST',
          protocol: 'https:',
          hostname: host,
          path,
          query: {},
          headers: { ...given, host },
          body,
        };
        const theirs = await official.sign(request, { signingDate: new Date(time) });
        expect(ours['authorization']).toBe(theirs.headers['authorization']);
        expect(ours['x-amz-date']).toBe(theirs.headers['x-amz-date']);
        expect(ours['x-amz-security-token']).toBe(theirs.headers['x-amz-security-token']);
      }),
      { numRuns: 1_000 },
    );
  });
});
