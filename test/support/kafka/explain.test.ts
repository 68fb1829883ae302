import { describe, expect, test } from 'vitest';
import { EvrunError } from '../../../src/contract/errors.ts';
import type { LogFields, Logger } from '../../../src/contract/log.ts';
import { kafkaSettings } from '../../../src/support/kafka/connection.ts';
import { logHook } from '../../../src/support/kafka/log.ts';
import { explain } from '../../../src/support/kafka/refusal.ts';
import { hideTimeoutWarning } from '../../../src/support/kafka/warnings.ts';
import { silentLogger } from '../../../src/support/logging/log-silent.ts';

const settings = kafkaSettings({ bootstrap: 'a:1,b:2,c:3,d:4' }, 'consumer', {});

/** As kafkajs throws it: wrapped, non-retriable, whatever it is. */
function thrown(root: object, name = 'KafkaJSNonRetriableError'): Error {
  return Object.assign(new Error('wrapped', { cause: Object.assign(new Error('root'), root) }), {
    name,
    retriable: false,
  });
}

describe('explain', () => {
  // Trap: a broker that is down comes as KafkaJSNonRetriableError from send and commit, though it is temporary.
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ECONNRESET',
    'EPIPE',
  ])('%s is an outage, though kafkajs calls it non-retriable', (code) => {
    const error = explain(thrown({ code, broker: 'a:1' }), 'commit', settings);
    expect(error).toMatchObject({ code: 'EVR_UNREACHABLE', retry: 'later' });
    expect(error.message).toMatch(/^kafka: cannot commit \(a:1,b:2,c:3,…\): .*a:1/);
  });

  // Trap: a certificate comes as "number of retries exceeded"; looping on it helps nobody.
  test.each([
    'CERT_SOMETHING_NEW',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_X',
    'ERR_SSL_X',
  ])('%s is a refusal, though kafkajs has retried it', (code) => {
    const error = explain(thrown({ code }, 'KafkaJSNumberOfRetriesExceeded'), 'read', settings);
    expect(error).toMatchObject({ code: 'EVR_REFUSED', retry: 'never' });
  });

  test.each([
    'CLUSTER_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'INVALID_TOPIC_EXCEPTION',
    'INVALID_GROUP_ID',
    'INVALID_SESSION_TIMEOUT',
    'INCONSISTENT_GROUP_PROTOCOL',
    'GROUP_MAX_SIZE_REACHED',
    'MESSAGE_TOO_LARGE',
    'INVALID_REQUIRED_ACKS',
    'POLICY_VIOLATION',
    'UNSUPPORTED_VERSION',
    'SASL_AUTHENTICATION_FAILED',
  ])('%s is a refusal', (type) => {
    expect(explain(thrown({ type }), 'read', settings)).toMatchObject({
      code: 'EVR_REFUSED',
      retry: 'never',
    });
  });

  test.each([
    'LEADER_NOT_AVAILABLE',
    'NOT_COORDINATOR_FOR_GROUP',
    'REBALANCE_IN_PROGRESS',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ])('%s may work later', (type) => {
    expect(explain(thrown({ type }), 'read', settings)).toMatchObject({
      code: 'EVR_UNREACHABLE',
      retry: 'later',
    });
  });

  test('a topic that does not exist is waited for: it may be made later', () => {
    const error = explain(thrown({ type: 'UNKNOWN_TOPIC_OR_PARTITION' }), 'read topic t', settings);
    expect(error.message).toMatch(/does not exist \(yet\): create it, or correct its name$/);
  });

  test('an error of our own passes as it is, however deep it is wrapped', () => {
    const own = new EvrunError('EVR_REFUSED', 'no token');
    expect(explain(new Error('a', { cause: new Error('b', { cause: own }) }), 'read', settings)).toBe(own);
  });

  test('anything can be thrown, also in circles', () => {
    const circle = new Error('round');
    circle.cause = circle;
    for (const odd of [circle, undefined, null, 7, 'text', {}, { cause: { cause: null } }]) {
      expect(explain(odd, 'read', settings)).toBeInstanceOf(EvrunError);
    }
  });

  test('what was logged explains an error that says nothing, and no other', () => {
    const reasons = ['Response FindCoordinator: Not authorized to access group: Group authorization failed'];
    const vague = Object.assign(new Error('Failed to find group coordinator'), {
      name: 'KafkaJSGroupCoordinatorNotFound',
    });
    expect(explain(vague, 'read', settings, reasons)).toMatchObject({ code: 'EVR_REFUSED' });
    expect(explain(vague, 'read', settings)).toMatchObject({ code: 'EVR_UNREACHABLE' });
    expect(explain(thrown({ code: 'ECONNREFUSED' }), 'read', settings, reasons)).toMatchObject({
      code: 'EVR_UNREACHABLE',
    });
  });
});

describe('kafkajs’s log', () => {
  const entry = (level: number, message: string, more: object = {}) => ({
    namespace: 'Connection',
    level,
    log: { timestamp: '', logger: 'kafkajs', message, ...more },
  });

  test('errors are kept for ten seconds, the newest first, and no more than a few', () => {
    let now = 0;
    const hook = logHook(silentLogger, () => now);
    for (let n = 0; n < 100; n++) hook.take(entry(1, `e${n}`, { error: 'why' }));
    hook.take(entry(2, 'a warning'));
    expect(hook.reasons()).toHaveLength(16);
    expect(hook.reasons()[0]).toBe('e99: why');
    now = 10_000;
    expect(hook.reasons()).toEqual([]);
  });

  test('at debug its lines become ours, with plain facts only', () => {
    const lines: [string, LogFields | undefined][] = [];
    const log: Logger = {
      ...silentLogger,
      enabled: () => true,
      debug: (sentence, fields) => void lines.push([sentence, fields]),
    };
    const hook = logHook(log);
    hook.take(
      entry(5, 'Request', { broker: 'a:1', payload: Buffer.from('secret'), data: { password: 'p' } }),
    );
    expect(lines).toEqual([['kafkajs Connection: Request', { broker: 'a:1' }]]);
  });
});

test('Node’s warning of timers in the past is hidden, every other is not', () => {
  const emit = process.emitWarning;
  const seen: unknown[][] = [];
  process.emitWarning = (...args: unknown[]) => void seen.push(args);
  try {
    hideTimeoutWarning();
    process.emitWarning('-1 is a negative number', 'TimeoutNegativeWarning');
    process.emitWarning('-1 is a negative number', { type: 'TimeoutNegativeWarning' });
    process.emitWarning('other', 'DeprecationWarning');
    process.emitWarning('plain');
  } finally {
    process.emitWarning = emit;
  }
  expect(seen).toEqual([['other', 'DeprecationWarning'], ['plain']]);
});
