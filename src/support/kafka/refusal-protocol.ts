import type { KafkaSettings } from './settings.ts';

/**
 * What a broker refuses and what to do; undefined where it may work later. `told` is a line of kafkajs's log, for
 * the errors that hide their reason.
 */
export function protocolRefusal(
  error: unknown,
  told: string | undefined,
  settings: KafkaSettings,
): string | undefined {
  const { type, name, message } = error as { type?: unknown; name?: unknown; message?: unknown };
  const said = told ?? (typeof message === 'string' ? message : '');
  if (
    name === 'KafkaJSSASLAuthenticationError' ||
    /SASL \S+ authentication failed|Authentication failed/i.test(said)
  ) {
    return authentication(said, settings);
  }
  const kind = typeof type === 'string' ? type : typeIn(told);
  switch (kind) {
    case 'UNSUPPORTED_SASL_MECHANISM':
      return `the broker does not offer ${mechanismOf(settings)}. Write another sasl.mechanism, or enable it on the broker`;
    case 'ILLEGAL_SASL_STATE':
      return settings.tls === undefined
        ? 'the broker takes no login at this port. Write security.protocol: PLAINTEXT, or the port that does (also said where connections.max.reauth.ms is below 10 s on the broker)'
        : 'the broker takes no login at this port. Write security.protocol: SSL, or the port that does (also said where connections.max.reauth.ms is below 10 s on the broker)';
    case 'SASL_AUTHENTICATION_FAILED':
      return authentication(said, settings);
    case 'TOPIC_AUTHORIZATION_FAILED':
      return `${userOf(settings)} may not use the topic, or it does not exist. Allow READ (to produce: WRITE) and DESCRIBE on it, or check its name`;
    case 'GROUP_AUTHORIZATION_FAILED':
      return `${userOf(settings)} may not use the consumer group. Allow READ on it, or name another with group_id`;
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return `${userOf(settings)} may not do this on the cluster. To write, allow WRITE and DESCRIBE on the topic (brokers before 2.8 also want IDEMPOTENT_WRITE on the cluster)`;
    case 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED':
      return `${userOf(settings)} may not use this transactional id`;
    case 'INVALID_TOPIC_EXCEPTION':
      return 'this is no name for a topic: letters, digits, ".", "_" and "-", at most 249';
    case 'INVALID_GROUP_ID':
      return 'this is no name for a consumer group';
    case 'INVALID_SESSION_TIMEOUT':
      return 'the broker does not accept session.timeout.ms: it has to lie between its group.min.session.timeout.ms and group.max.session.timeout.ms';
    case 'INCONSISTENT_GROUP_PROTOCOL':
      return 'other members of this group, which are not evrun, share out partitions in another way. Use a group of its own: group_id';
    case 'GROUP_MAX_SIZE_REACHED':
      return 'the group has as many members as the broker allows (group.max.size)';
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return 'a message is larger than the topic allows (max.message.bytes)';
    case 'INVALID_REQUIRED_ACKS':
      return 'the broker does not accept this value of acks';
    case 'POLICY_VIOLATION':
      return 'a policy of the cluster forbids this';
    case 'UNSUPPORTED_VERSION':
      return 'the broker is too old or too new for this: it does not know the version of the request';
  }
  if (name === 'KafkaJSServerDoesNotSupportApiKey') return 'the broker is too old for this request';
  return undefined;
}

function authentication(said: string, settings: KafkaSettings): string {
  if (settings.sasl?.mechanism === 'oauthbearer') {
    const reason = /authentication failed:\s*(.{1,300})/i.exec(said)?.[1];
    return `the broker did not accept the token (OAUTHBEARER)${reason === undefined ? '' : `: ${reason}`}`;
  }
  if (/mechanism is not supported/i.test(said)) {
    return `the broker does not offer ${mechanismOf(settings)}. Write another sasl.mechanism, or enable it on the broker`;
  }
  return `the broker did not accept ${userOf(settings)} with this password (${mechanismOf(settings)}). Check sasl.username and sasl.password: a wrong name and a wrong password look the same`;
}

function mechanismOf({ sasl }: KafkaSettings): string {
  return sasl === undefined ? 'a login' : `sasl.mechanism ${sasl.mechanism.toUpperCase()}`;
}

function userOf({ sasl, tls }: KafkaSettings): string {
  if (sasl !== undefined && 'username' in sasl) return `user "${sasl.username}"`;
  if (sasl !== undefined) return 'the bearer of the token';
  return tls?.cert === undefined && tls?.keystore === undefined
    ? 'a client without a name'
    : 'the client certificate’s name';
}

/** The kind of an error that stands only in a log line. */
function typeIn(told: string | undefined): string | undefined {
  if (told === undefined) return undefined;
  if (/group authorization failed|not authorized to access group/i.test(told))
    return 'GROUP_AUTHORIZATION_FAILED';
  if (/topic authorization failed|not authorized to access topics/i.test(told))
    return 'TOPIC_AUTHORIZATION_FAILED';
  if (/cluster authorization failed/i.test(told)) return 'CLUSTER_AUTHORIZATION_FAILED';
  return undefined;
}
