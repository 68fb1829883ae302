import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import { type SnsNotification, snsNotification } from '../../../src/support/aws/sns-message.ts';
import { snsVerifier } from '../../../src/support/aws/sns-signature.ts';

const dir = mkdtempSync(join(tmpdir(), 'evrun-sns-'));
const made = [
  '-newkey',
  'rsa:2048',
  '-nodes',
  '-keyout',
  join(dir, 'key.pem'),
  '-out',
  join(dir, 'cert.pem'),
];
execFileSync('openssl', ['req', '-x509', ...made, '-days', '2', '-subj', '/CN=sns.amazonaws.com'], {
  stdio: 'ignore',
});
const key = createPrivateKey(readFileSync(join(dir, 'key.pem')));
const certificate = readFileSync(join(dir, 'cert.pem'), 'utf8');
afterAll(() => rmSync(dir, { recursive: true }));

const CERT_URL = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123abc.pem';

function notification(version: '1' | '2', changes: Partial<SnsNotification> = {}): SnsNotification {
  const fields: SnsNotification = {
    Type: 'Notification',
    MessageId: 'id-1',
    TopicArn: 'arn:aws:sns:eu-central-1:123456789012:t',
    Message: 'hello\nwörld',
    Timestamp: '2026-11-21T00:00:00.000Z',
    ...('Subject' in changes ? { Subject: changes.Subject as string } : {}),
  };
  const names = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
  const text = names
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${name}\n${fields[name]}\n`)
    .join('');
  const Signature = sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), key).toString('base64');
  return { ...fields, SignatureVersion: version, Signature, SigningCertURL: CERT_URL, ...changes };
}

const verifierWith = (fetch: (url: URL) => Promise<string | undefined> = async () => certificate) =>
  snsVerifier({ now: () => Date.now(), region: 'eu-central-1', fetchCertificate: fetch });

describe('a signature of SNS', () => {
  for (const version of ['1', '2'] as const) {
    it(`of version ${version} is accepted, with and without a subject`, async () => {
      const verifier = verifierWith();
      expect(await verifier.problemWith(notification(version))).toBeUndefined();
      expect(await verifier.problemWith(notification(version, { Subject: 'Re: x' }))).toBeUndefined();
    });

    // Guard: without the call to `verify` every one of these is accepted.
    it(`of version ${version} does not fit a message that was changed`, async () => {
      const verifier = verifierWith();
      const good = notification(version, { Subject: 'a' });
      const changed = { Message: 'x', MessageId: 'x', Subject: 'x', Timestamp: 'x', TopicArn: 'x' };
      for (const [name, value] of Object.entries(changed)) {
        expect(await verifier.problemWith({ ...good, [name]: value })).toMatch(/does not match/);
      }
    });
  }

  // Guard: with any host allowed, whoever can write to the queue signs with a certificate of their own.
  it.each([
    'https://sns.eu-central-1.amazonaws.com.evil.com/SimpleNotificationService-1.pem',
    'https://evil.com/SimpleNotificationService-1.pem',
    'https://evil.com/?sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem',
    'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://user@sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-1.pem',
    'https://sns.eu-central-1.amazonaws.com/other.pem',
    'https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem',
    'file:///etc/passwd',
    'nonsense',
  ])('whose certificate stands at %s is refused, and nothing is fetched', async (SigningCertURL) => {
    const verifier = verifierWith(() => Promise.reject(new Error('fetched')));
    expect(await verifier.problemWith({ ...notification('2'), SigningCertURL })).toMatch(
      /not at an address of SNS/,
    );
  });

  it('may come from China', async () => {
    const SigningCertURL = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem';
    expect(await verifierWith().problemWith({ ...notification('1'), SigningCertURL })).toBeUndefined();
  });

  it('is missed where there is none, or of another version', async () => {
    const verifier = verifierWith();
    const { Signature: _, ...unsigned } = notification('2');
    expect(await verifier.problemWith(unsigned as SnsNotification)).toMatch(/not signed/);
    expect(await verifier.problemWith({ ...notification('2'), SignatureVersion: '3' })).toMatch(
      /version is "3"/,
    );
  });

  it('whose certificate cannot be fetched is an outage; one that is not there is refused', async () => {
    const down = new EvrunError('EVR_UNREACHABLE', 'down', { retry: 'later' });
    await expect(verifierWith(() => Promise.reject(down)).problemWith(notification('2'))).rejects.toBe(down);
    expect(await verifierWith(async () => undefined).problemWith(notification('2'))).toMatch(
      /holds no certificate/,
    );
    expect(await verifierWith(async () => '<html>').problemWith(notification('2'))).toMatch(
      /holds no certificate/,
    );
  });

  // Guard: taken for an outage, a region that somebody made up holds up the queue for as long as it is in it.
  it('whose certificate is at a host that DNS does not know is refused, unless the queue is in that region', async () => {
    const unknown = new EvrunError('EVR_UNREACHABLE', 'not known to DNS', {
      retry: 'later',
      cause: Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }),
    });
    const verifier = verifierWith(() => Promise.reject(unknown));
    const SigningCertURL = 'https://sns.xx-nowhere-1.amazonaws.com/SimpleNotificationService-1.pem';
    expect(await verifier.problemWith({ ...notification('2'), SigningCertURL })).toBe(
      'its certificate is at sns.xx-nowhere-1.amazonaws.com, a name that DNS does not know',
    );
    await expect(verifier.problemWith(notification('2'))).rejects.toBe(unknown);
  });

  it('has its certificate fetched once', async () => {
    let fetched = 0;
    const verifier = verifierWith(async () => {
      fetched += 1;
      return certificate;
    });
    for (let i = 0; i < 5; i += 1) await verifier.problemWith(notification('2'));
    expect(fetched).toBe(1);
  });
});

describe('the envelope of SNS', () => {
  const plain = notification('1');

  it('is found however it is spelled: indented, with sorted keys, with attributes or without', () => {
    for (const extra of [
      {},
      { MessageAttributes: {} },
      { MessageAttributes: { a: { Type: 'String', Value: '1' } } },
    ]) {
      expect(snsNotification(JSON.stringify({ ...plain, ...extra }, undefined, 2))?.Message).toBe(
        'hello\nwörld',
      );
    }
  });

  it.each([
    ['{"Type":"Notification","TopicArn":1,"Message":"x","MessageId":"x","Timestamp":"x"}'],
    [JSON.stringify({ ...plain, Type: 'SubscriptionConfirmation' })],
    [JSON.stringify({ ...plain, MessageAttributes: [1] })],
    [JSON.stringify({ ...plain, Subject: {} })],
    [`${JSON.stringify(plain)}x`],
    ['"Notification" "TopicArn"'],
    [JSON.stringify([plain])],
  ])('is not taken for one: %s', (body) => {
    expect(snsNotification(body)).toBeUndefined();
  });

  it('is looked for in any text without a crash', () => {
    const almost = fc
      .json()
      .map((json) => `{"Type":"Notification","TopicArn":"a","MessageAttributes":${json}}`);
    fc.assert(fc.property(fc.oneof(fc.string(), almost), (text) => snsNotification(text) === undefined));
  });
});
