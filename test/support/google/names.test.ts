import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointProblem, pubsubEndpoint } from '../../../src/support/google/endpoint.ts';
import { fullName, nameProblems } from '../../../src/support/google/names.ts';

const nobody = async () => undefined;

describe('the name of a subscription or topic', () => {
  it('may be short beside a project, or full', async () => {
    const full = 'projects/acme/subscriptions/orders';
    expect(await fullName('subscription', 'orders', 'acme', {}, nobody)).toBe(full);
    expect(await fullName('subscription', full, undefined, {}, nobody)).toBe(full);
    expect(await fullName('topic', 'orders', 'acme', {}, nobody)).toBe('projects/acme/topics/orders');
  });

  it('takes the project of the recipe, then of the environment, then of the credentials', async () => {
    const env = { GOOGLE_CLOUD_PROJECT: 'from-env' };
    const credentials = async () => 'from-credentials';
    expect(await fullName('topic', 'orders', 'acme', env, credentials)).toContain('/acme/');
    expect(await fullName('topic', 'orders', undefined, env, credentials)).toContain('/from-env/');
    expect(await fullName('topic', 'orders', undefined, {}, credentials)).toContain('/from-credentials/');
    await expect(fullName('topic', 'orders', undefined, {}, nobody)).rejects.toThrow(/GOOGLE_CLOUD_PROJECT/);
  });

  it.each(['ab', '1abc', 'googled', 'a/b', 'projects/p/topics/x', 'projects//subscriptions/abc', ''])(
    '%j is no subscription, and the check says what is',
    async (name) => {
      expect(nameProblems('subscription', name, 'acme')[0]?.message).toContain('projects/<project>');
      await expect(fullName('subscription', name, 'acme', {}, nobody)).rejects.toMatchObject({
        code: 'EVR_RECIPE',
      });
    },
  );

  it('says so where a full name and `project` differ', () => {
    const problems = nameProblems('subscription', 'projects/acme/subscriptions/orders', 'other');
    expect(problems).toMatchObject([{ path: ['project'] }]);
    expect(nameProblems('subscription', 'orders', 'NO PROJECT')).toMatchObject([{ path: ['project'] }]);
  });

  it('never makes a path that leaves its project', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const made = await fullName('topic', text, 'acme', {}, nobody).catch(() => undefined);
        if (made !== undefined) expect(made).toMatch(/^projects\/[^/?#]+\/topics\/[^/?#]+$/);
      }),
    );
  });
});

describe('the endpoint', () => {
  it('is the recipe’s, else the emulator’s, else Google’s', () => {
    const env = { PUBSUB_EMULATOR_HOST: 'localhost:8085' };
    expect(pubsubEndpoint('https://eu-pubsub.googleapis.com/', env)).toEqual({
      origin: 'https://eu-pubsub.googleapis.com',
      emulator: false,
    });
    expect(pubsubEndpoint(undefined, env)).toEqual({ origin: 'http://localhost:8085', emulator: true });
    expect(pubsubEndpoint(undefined, {})).toEqual({
      origin: 'https://pubsub.googleapis.com',
      emulator: false,
    });
    expect(pubsubEndpoint(undefined, { PUBSUB_EMULATOR_HOST: '' }).emulator).toBe(false);
    expect(pubsubEndpoint(undefined, { PUBSUB_EMULATOR_HOST: '[::1]:8085' }).origin).toBe(
      'http://[::1]:8085',
    );
  });

  it('without TLS counts as an emulator: no token is sent in the clear', () => {
    expect(pubsubEndpoint('http://pubsub.example.com', {}).emulator).toBe(true);
  });

  it.each(['pubsub.googleapis.com', 'ftp://x', 'https://user:pass@host', '', 'http://'])(
    '%j is none',
    (text) => {
      expect(endpointProblem(text)).toMatch(/expected/);
      expect(endpointProblem(text)).not.toContain('pass@');
    },
  );
});
