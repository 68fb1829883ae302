import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { awsEndpoint, type Environment, placeOf, regionOfUrl } from '../../../src/support/aws/connection.ts';
import { CredentialSource, type CredentialsOptions } from '../../../src/support/aws/credentials.ts';
import { parseIni } from '../../../src/support/aws/profile-files.ts';
import { redact } from '../../../src/support/logging/redact.ts';

const dir = mkdtempSync(join(tmpdir(), 'evrun-aws-'));
afterAll(() => rmSync(dir, { recursive: true }));

const CREDENTIALS = `# mine
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default/secret+key=
[ work ]
aws_access_key_id=AKIAWORK
aws_secret_access_key=worksecret
aws_session_token = tok ; a comment
`;
const CONFIG = `[default]
region = eu-west-1
[profile work]
region = eu-central-1
s3 =
  max_concurrent_requests = 20
[profile sso]
sso_session = corp
region = us-west-2
[profile role]
role_arn = arn:aws:iam::1:role/x
aws_access_key_id = AKIAROLE
aws_secret_access_key = rolesecret
`;
writeFileSync(join(dir, 'credentials'), CREDENTIALS);
writeFileSync(join(dir, 'config'), CONFIG);
const FILES: Environment = {
  AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials'),
  AWS_CONFIG_FILE: join(dir, 'config'),
};
const NO_FILES: Environment = { HOME: join(dir, 'nowhere') };

function source(options: Partial<CredentialsOptions>): CredentialSource {
  const load = () => Promise.reject(new Error('Cannot find package'));
  return new CredentialSource({
    config: {},
    env: NO_FILES,
    region: 'eu-west-1',
    now: () => 0,
    load,
    ...options,
  });
}

describe('AWS keys', () => {
  it('are taken from the recipe before anything else', async () => {
    const config = { access_key_id: 'A', secret_access_key: 'recipesecret', session_token: 't0ken' };
    const env = { ...FILES, AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'envsecret' };
    expect(await source({ config, env }).get()).toMatchObject({ accessKeyId: 'A', sessionToken: 't0ken' });
  });

  // Guard: unless they are registered, whatever repeats them shows them.
  it('never show in what is redacted, wherever they were found', async () => {
    const env = {
      ...NO_FILES,
      AWS_ACCESS_KEY_ID: 'E',
      AWS_SECRET_ACCESS_KEY: 'environs-secret',
      AWS_SESSION_TOKEN: 'environs-token',
    };
    await source({ env }).get();
    expect(redact('keys environs-secret and environs-token')).not.toMatch(/environs/);
  });

  it('are taken from the environment before the files, unless the recipe names a profile', async () => {
    const env = { ...FILES, AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'envsecret', AWS_PROFILE: 'work' };
    expect(await source({ env }).get()).toMatchObject({ accessKeyId: 'E' });
    expect(await source({ env, config: { profile: 'work' } }).get()).toEqual({
      accessKeyId: 'AKIAWORK',
      secretAccessKey: 'worksecret',
      sessionToken: 'tok',
    });
  });

  it('are taken from the default profile, or the one that AWS_PROFILE names', async () => {
    expect(await source({ env: FILES }).get()).toMatchObject({ secretAccessKey: 'default/secret+key=' });
    expect(await source({ env: { ...FILES, AWS_PROFILE: 'work' } }).get()).toMatchObject({
      accessKeyId: 'AKIAWORK',
    });
  });

  it('that are nowhere are asked for with the package to install', async () => {
    await expect(async () => source({}).get()).rejects.toThrow(/npm install @aws-sdk\/credential-providers/);
    await expect(async () => source({}).get()).rejects.toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  });

  it('of a profile that does not exist are missed by its name, who named it, and where it was looked for', async () => {
    const missing = /there is no profile "wrok", which `profile` names, in .*credentials or .*config/;
    const load = async () => ({ fromNodeProviderChain: () => () => Promise.reject(new Error('none')) });
    for (const more of [{}, { load }]) {
      const asked = async () => source({ env: FILES, config: { profile: 'wrok' }, ...more }).get();
      await expect(asked).rejects.toMatchObject({ code: 'EVR_REFUSED', retry: 'never', message: missing });
    }
    const env = { ...FILES, AWS_PROFILE: 'wrok' };
    const named = /there is no profile "wrok", which AWS_PROFILE names/;
    await expect(async () => source({ env }).get()).rejects.toThrow(named);
    await expect(async () => source({ env, load }).get()).rejects.toThrow(named);
    await expect(placeOf('sqs', {}, {}, env)).rejects.toThrow(named);
    expect(await source({ env: { ...FILES, AWS_PROFILE: '' } }).get()).toMatchObject({
      accessKeyId: 'AKIADEFAULT',
    });
  });

  it('of a role are fetched though AWS_PROFILE names a profile that does not exist', async () => {
    const found = { accessKeyId: 'ROLE', secretAccessKey: 'rolesecret' };
    const load = async () => ({ fromNodeProviderChain: () => async () => found });
    const keys = await source({ env: { ...FILES, AWS_PROFILE: 'wrok' }, load }).get();
    expect(keys.accessKeyId).toBe('ROLE');
  });

  it('of a login or a role are fetched by the official package, shared, and fetched again before they expire', async () => {
    let calls = 0;
    let now = 0;
    const asked: unknown[] = [];
    const load = async () => ({
      fromNodeProviderChain: (options: object) => {
        asked.push(options);
        return async () => {
          calls += 1;
          return {
            accessKeyId: `K${calls}`,
            secretAccessKey: 'fetched',
            expiration: new Date(calls * 3_600_000),
          };
        };
      },
    });
    for (const profile of ['sso', 'role']) {
      calls = 0;
      now = 0;
      const keys = source({ env: FILES, config: { profile }, load, now: () => now });
      const [one, two] = await Promise.all([keys.get(), keys.get()]);
      expect([one.accessKeyId, two.accessKeyId]).toEqual(['K1', 'K1']);
      now = 3_300_001;
      expect((await keys.get()).accessKeyId).toBe('K2');
      expect(asked.at(-1)).toMatchObject({ profile, clientConfig: { region: 'eu-west-1' } });
    }
  });

  it('that a service cannot give now may come later', async () => {
    const load = async () => ({ fromNodeProviderChain: () => () => Promise.reject(new Error('timed out')) });
    await expect(async () => source({ load }).get()).rejects.toMatchObject({
      retry: 'later',
      message: /timed out/,
    });
  });

  it('are read from any text without a crash', () => {
    fc.assert(fc.property(fc.string(), (text) => parseIni(`[a]\n${text}`) instanceof Map));
    expect(parseIni('[a]\nx=1\n  y = 2\n[a]\nz= 3 # no\n').get('a')).toEqual({ x: '1', z: '3' });
  });
});

describe('the region and the endpoint', () => {
  const URL_WEST = 'https://sqs.us-west-2.amazonaws.com/123456789012/q';

  it('are the queue URL’s, else the environment’s, else the profile’s', async () => {
    const place = (config: object, url: string | undefined, env: Environment) =>
      placeOf('sqs', config, { url }, env);
    expect(await place({}, URL_WEST, { AWS_REGION: 'eu-north-1' })).toEqual({
      region: 'us-west-2',
      endpoint: 'https://sqs.us-west-2.amazonaws.com',
    });
    expect(await place({}, undefined, { ...FILES, AWS_PROFILE: 'work' })).toMatchObject({
      region: 'eu-central-1',
    });
    expect(await place({}, undefined, { ...NO_FILES, AWS_DEFAULT_REGION: 'cn-north-1' })).toEqual({
      region: 'cn-north-1',
      endpoint: 'https://sqs.cn-north-1.amazonaws.com.cn',
    });
    await expect(place({}, undefined, NO_FILES)).rejects.toThrow(/needs a region/);
  });

  // Guard: with the URL's origin put first, requests with signatures go to whatever host the URL names.
  it('are the endpoint’s where one is set, whatever host the URL names', async () => {
    const evil = 'http://sqs.us-east-1.localhost:4566/000000000000/q';
    const config = { endpoint: 'http://127.0.0.1:9324/', region: 'us-east-1' };
    expect((await placeOf('sqs', config, { url: evil }, {})).endpoint).toBe('http://127.0.0.1:9324');
    const env = { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:2' };
    expect((await placeOf('sqs', { region: 'x' }, { url: evil }, env)).endpoint).toBe('http://127.0.0.1:1');
    expect((await placeOf('sns', { region: 'x' }, {}, env)).endpoint).toBe('http://127.0.0.1:2');
  });

  it('that are no address are told with who says so', async () => {
    const place = (config: object, env: Environment) => placeOf('sqs', { region: 'x', ...config }, {}, env);
    await expect(place({ endpoint: '127.0.0.1:1' }, {})).rejects.toThrow(/^`endpoint` is not an address/);
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS']) {
      await expect(place({}, { [name]: '127.0.0.1:19324' })).rejects.toThrow(
        `${name}="127.0.0.1:19324" in the environment is not an address`,
      );
    }
    await expect(place({}, { AWS_ENDPOINT_URL: 'http://me:hunter22@host' })).rejects.toThrow(
      /^(?!.*hunter22).*must not hold a user and password/,
    );
  });

  it.each([
    [URL_WEST, 'us-west-2'],
    ['https://sqs.us-gov-west-1.amazonaws.com/1/q', 'us-gov-west-1'],
    ['https://eu-west-1.queue.amazonaws.com/1/q', 'eu-west-1'],
    ['https://vpce-1-2.sqs.eu-west-1.vpce.amazonaws.com/1/q', 'eu-west-1'],
    ['https://sqs.cn-north-1.amazonaws.com.cn/1/q', 'cn-north-1'],
    ['http://127.0.0.1:9324/1/q', undefined],
    ['https://sqs.us-east-1.amazonaws.com.evil.com/1/q', undefined],
  ])('%s is in %s', (url, region) => {
    expect(regionOfUrl(url)).toBe(region);
  });

  it('of AWS are spelled by region', () => {
    expect(awsEndpoint('sns', 'eu-central-1')).toBe('https://sns.eu-central-1.amazonaws.com');
  });
});
