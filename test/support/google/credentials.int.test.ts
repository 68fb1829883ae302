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
  process.env['GOOGLE_APPLICATION_CREDENTIALS'] = environment['GOOGLE_APPLICATION_CREDENTIALS'];
  if (environment['GOOGLE_APPLICATION_CREDENTIALS'] === undefined) {
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
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

  it('that are missing or damaged are told with what to do', async () => {
    writeFileSync(join(dir, 'damaged.json'), '{');
    for (const wrong of ['none.json', 'damaged.json']) {
      const credentials = googleCredentials({ file: join(dir, wrong), clock: systemClock });
      await expect(credentials.token()).rejects.toMatchObject({
        code: 'EVR_REFUSED',
        message: expect.stringMatching(/GOOGLE_APPLICATION_CREDENTIALS/),
      });
    }
  });

  it('come from the file that the environment names, with the project that it is of', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = {
      type: 'service_account',
      project_id: 'of-the-key',
      client_email: 'robot@of-the-key.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
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
