import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/contract/clock.ts';
import { googleCredentials } from '../../../src/support/google/credentials.ts';
import { redact } from '../../../src/support/logging/redact.ts';

/** Google's token endpoint for workload identity, on loopback: it exchanges any token for `token-<n>`. */
const dir = mkdtempSync(join(tmpdir(), 'evrun-google-'));
const file = join(dir, 'credentials.json');
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
let asked = 0;
let status = 200;
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    const token = { access_token: `token-${asked}-of-google`, expires_in: 3_600, token_type: 'Bearer' };
    const issued = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
    response.end(JSON.stringify(status === 200 ? { ...token, ...issued } : { error: 'invalid_grant' }));
  });
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(dir, 'subject'), 'a token of another cloud');
  writeFileSync(
    file,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://127.0.0.1:${port}/token`,
      credential_source: { file: join(dir, 'subject') },
    }),
  );
});
beforeEach(() => {
  asked = 0;
  status = 200;
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

const environment = { ...process.env };
afterEach(() => {
  for (const name of ['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_CONFIG']) {
    process.env[name] = environment[name];
    if (environment[name] === undefined) delete process.env[name];
  }
});

describe('Application Default Credentials', () => {
  it('give a token, ask once for many requests, and hide it from all output', async () => {
    const credentials = googleCredentials({ file, clock: systemClock });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => credentials.token()));
    expect(new Set(tokens)).toEqual(new Set(['token-1-of-google']));
    expect(asked).toBe(1);
    expect(redact('it said token-1-of-google')).not.toContain('token-1');
  });

  it('are read anew after they were refused', async () => {
    const credentials = googleCredentials({ file, clock: systemClock });
    await credentials.token();
    credentials.forget();
    expect(await credentials.token()).toBe('token-2-of-google');
  });

  it('that Google refuses end it for good; a server in trouble may pass', async () => {
    status = 400;
    const refused = googleCredentials({ file, clock: systemClock }).token();
    await expect(refused).rejects.toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
    status = 503;
    const down = googleCredentials({ file, clock: systemClock });
    await expect(down.token()).rejects.toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
    status = 200;
    expect(await down.token()).toContain('token-');
  });

  it.each([
    ['does not exist', 'none.json', undefined],
    ['cannot be read as JSON', 'damaged.json', '{"private_key": "-----BEGIN'],
    ['it has no "type"', 'other.json', '{"installed": {}}'],
    ['"private_key" that is no key', 'cut.json', '{"type": "service_account", "private_key": "-----BEGIN"}'],
    ['client_email', 'nobody.json', JSON.stringify({ type: 'service_account', private_key: PEM })],
  ])('in a file that is broken (%s) are told with the file and who named it', async (what, name, content) => {
    const path = join(dir, name);
    if (content !== undefined) writeFileSync(path, content);
    const option = googleCredentials({ file: path, clock: systemClock });
    await expect(option.token()).rejects.toMatchObject({
      code: 'EVR_REFUSED',
      message: expect.stringContaining('named by `credentials_file`'),
    });
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = path;
    const error: Error = await googleCredentials({ clock: systemClock })
      .token()
      .then(
        () => new Error('a token'),
        (e) => e,
      );
    for (const part of [what, path, 'named by GOOGLE_APPLICATION_CREDENTIALS'])
      expect(error.message).toContain(part);
    expect(error.message).not.toMatch(/DECODER|BEGIN|\.\./);
  });

  it('that are nowhere are told in one sentence, and node writes none of its own', async () => {
    process.env['CLOUDSDK_CONFIG'] = dir;
    const warnings: string[] = [];
    const heard = (warning: Error) => warnings.push(warning.message);
    process.on('warning', heard);
    const credentials = googleCredentials({ clock: systemClock });
    for (const asked of [credentials.token(), credentials.project()]) {
      await expect(asked).rejects.toMatchObject({
        code: 'EVR_REFUSED',
        message: expect.stringMatching(
          /^there are no credentials for Google: .* no metadata server of Google answers/,
        ),
      });
    }
    // Node tells warnings at its next turn.
    await new Promise(setImmediate);
    process.off('warning', heard);
    expect(warnings).toEqual([]);
  });

  it('come from the file that the environment names, with the project that it is of', async () => {
    const key = {
      type: 'service_account',
      project_id: 'of-the-key',
      client_email: 'robot@of-the-key.iam.gserviceaccount.com',
      private_key: PEM,
    };
    writeFileSync(join(dir, 'key.json'), JSON.stringify(key));
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = join(dir, 'key.json');
    expect(await googleCredentials({ file: undefined, clock: systemClock }).project()).toBe('of-the-key');
  });

  it('without the library say what to install', async () => {
    const nowhere = `google-auth-library-${'missing'}`;
    const credentials = googleCredentials({ file, clock: systemClock, load: () => import(nowhere) });
    await expect(credentials.token()).rejects.toMatchObject({
      code: 'EVR_REFUSED',
      message: expect.stringMatching(/npm install google-auth-library/),
    });
    await expect(credentials.project()).rejects.toMatchObject({ code: 'EVR_REFUSED' });
  });
});
