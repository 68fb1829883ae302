import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import { FailedAttempts } from '../../../src/sources/pubsub/attempts.ts';
import definition from '../../../src/sources/pubsub/index.ts';
import { PubSubDelivery, readPull } from '../../../src/sources/pubsub/message.ts';
import { withDefaults } from '../world.ts';

describe('an answer to a pull', () => {
  it('whatever it is, becomes messages or an outage', () => {
    const almost = fc.record(
      {
        receivedMessages: fc.array(
          fc.record(
            { ackId: fc.anything(), message: fc.anything(), deliveryAttempt: fc.anything() },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          almost.map((value) => JSON.stringify(value) ?? ''),
          fc.string(),
        ),
        (text) => {
          try {
            for (const message of readPull(Buffer.from(text), 'host')) {
              const delivery = new PubSubDelivery(message, 'projects/p/subscriptions/s', 0, 1);
              expect(delivery.value).toBeInstanceOf(Buffer);
              expect(delivery.meta).toBeDefined();
              expect(delivery.time ?? 0).toEqual(expect.any(Number));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(EvrunError);
            expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
          }
        },
      ),
    );
  });
});

describe('the config', () => {
  it.each([
    [{ subscription: 'orders', project: 'acme' }, []],
    [{ subscription: 'x' }, ['subscription']],
    [{ subscription: 'orders', endpoint: 'nowhere' }, ['endpoint']],
    [{ subscription: 'projects/acme/subscriptions/orders', project: 'other' }, ['project']],
  ])('%j', (config, wrong) => {
    const problems = definition.check?.(withDefaults(definition, config), { recipeDir: '.' }) ?? [];
    expect(problems.map(({ path }) => path[0])).toEqual(wrong);
  });
});

describe('counted attempts', () => {
  it('are forgotten with the oldest first, so that they stay few', () => {
    const attempts = new FailedAttempts();
    for (let i = 0; i < 100_005; i += 1) attempts.failed(`m${i}`, 1);
    expect(attempts.pending).toBe(100_000);
    expect(attempts.of('m0')).toBe(0);
    expect(attempts.of('m100004')).toBe(1);
  });
});
