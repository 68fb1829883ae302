/**
 * The sentence for whatever kafkajs throws, and the decision that goes with it: what stays wrong until somebody
 * changes the recipe or the cluster ends the pipeline, everything else is an outage to be waited out. kafkajs's own
 * classes and its `retriable` do not tell the two apart: a certificate that is not trusted comes as "number of
 * retries exceeded", a broker that is down as "non-retriable".
 */
import { EvrunError, messageOf } from '../../contract/errors.ts';
import { networkSentence } from '../network-sentence.ts';
import { CompressionError } from './codecs.ts';
import { protocolRefusal } from './refusal-protocol.ts';
import { tlsRefusal } from './refusal-tls.ts';
import type { KafkaSettings } from './settings.ts';

/** `what` completes "cannot …"; `reasons`: what kafkajs logged lately, the newest first. */
export function explain(
  error: unknown,
  what: string,
  settings: KafkaSettings,
  reasons: readonly string[] = [],
): EvrunError {
  const chain = chainOf(error);
  const ours = chain.find((one) => one instanceof EvrunError);
  if (ours !== undefined) return ours;
  const root = chain.at(-1) ?? new Error('no reason was given');
  const told = hidden(root, reasons);
  const refusal =
    tlsRefusal(root, settings) ??
    tlsRefusal({ message: told ?? '' }, settings) ??
    protocolRefusal(root, told, settings);
  const cannot = `kafka: cannot ${what} (${brokersOf(settings)})`;
  const damaged = chain.find((one) => one instanceof CompressionError);
  if (damaged !== undefined) {
    return new EvrunError('EVR_SOURCE', `${cannot}: ${messageOf(damaged)}`, { cause: error });
  }
  if (refusal !== undefined) return new EvrunError('EVR_REFUSED', `${cannot}: ${refusal}`, { cause: error });
  return new EvrunError('EVR_UNREACHABLE', `${cannot}: ${outage(root, told, settings)}`, {
    retry: 'later',
    cause: error,
  });
}

/** The error and its causes, the outermost first. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (
    let one = error;
    one !== undefined && one !== null && !chain.includes(one);
    one = (one as Error).cause
  ) {
    chain.push(one);
    if (chain.length > 10) break;
  }
  return chain;
}

/** Errors that say less than the log did. */
const VAGUE = new Set([
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSNumberOfRetriesExceeded',
]);

function hidden(root: unknown, reasons: readonly string[]): string | undefined {
  if (!VAGUE.has(nameOf(root))) return undefined;
  return reasons.find((reason) => /authoriz|authentic|certificate|ssl|SASL|alert/i.test(reason));
}

function outage(root: unknown, told: string | undefined, settings: KafkaSettings): string {
  const broker = (root as { broker?: unknown }).broker;
  const where = typeof broker === 'string' && !broker.includes('undefined') ? broker : 'a broker';
  const { code } = root as { code?: unknown };
  const network = networkSentence(code, where);
  if (network !== undefined) return network;
  if ((root as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return 'the topic, or a partition of it, does not exist (yet): create it, or correct its name';
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || nameOf(root) === 'KafkaJSConnectionClosedError') {
    return `${where} closed the connection${closedHint(settings)}`;
  }
  if (nameOf(root) === 'KafkaJSConnectionError' && /timeout/i.test(messageOf(root))) {
    const hint = settings.tls === undefined ? '' : ' (or it does not speak TLS)';
    return `no connection to ${where} in time${hint}`;
  }
  return told === undefined ? messageOf(root) : `${messageOf(root)} (${told})`;
}

/** A broker that is asked in the wrong way hangs up without a word, as one does that stops. */
function closedHint({ tls, sasl }: KafkaSettings): string {
  if (tls === undefined && sasl === undefined) {
    return ' without an answer: if it expects TLS or a login, write security.protocol in consumer_config (SSL, SASL_SSL or SASL_PLAINTEXT)';
  }
  if (tls === undefined) return ' without an answer: if it expects TLS, write security.protocol: SASL_SSL';
  const plain = sasl === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT';
  return ` during TLS: if it does not speak TLS at this port, write security.protocol: ${plain}`;
}

function brokersOf({ brokers }: KafkaSettings): string {
  const few = brokers.slice(0, 3).join(',');
  return brokers.length > 3 ? `${few},…` : few;
}

export function nameOf(error: unknown): string {
  const name = (error as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '';
}
