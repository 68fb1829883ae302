/** The recipe's `datahub` block: DataHub's client config. Unknown keys are warnings, since DataHub ignores them. */
import type { ConfigSchema } from '../contract/schema.ts';
import type { Draft } from './problem.ts';

const NOT_USED = 'evrun has no use for it';

export const DATAHUB = {
  type: 'object',
  additionalProperties: true,
  required: ['server'],
  properties: {
    server: {
      type: 'string',
      minLength: 1,
      description: 'URL of the DataHub server, e.g. http://localhost:8080.',
    },
    token: { type: 'string', secret: true, description: 'Access token, sent as a bearer token.' },
    timeout_sec: { type: 'number', exclusiveMinimum: 0, description: 'Limit of one request, in seconds.' },
    retry_status_codes: {
      type: 'array',
      items: { type: 'integer' },
      description: 'HTTP status codes after which a request is tried again.',
    },
    retry_max_times: {
      type: 'integer',
      ignored: 'an outage is waited out however long it takes; options.max_outage_seconds bounds it',
    },
    pool_maxsize: { type: 'integer', ignored: 'there are as many connections as are needed' },
    extra_headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Headers of every request, e.g. Authorization: Basic ….',
    },
    ca_certificate_path: { type: 'string', description: 'PEM file of the authority that signed the server.' },
    client_certificate_path: { type: 'string', description: 'PEM file of the client certificate.' },
    client_key_path: { type: 'string', description: "PEM file of the client certificate's key." },
    disable_ssl_verification: {
      type: 'boolean',
      default: false,
      description: 'Trusts any certificate. Dangerous.',
    },
    auth: { type: 'object', secret: true, description: 'Of DataHub; not supported, use token.' },
    pool_connections: { type: 'integer', ignored: 'there are as many connections as are needed' },
    openapi_ingestion: { ignored: NOT_USED },
    client_mode: { ignored: NOT_USED },
    datahub_component: { ignored: NOT_USED },
    server_config_refresh_interval: { ignored: NOT_USED },
    server_config_retry_max_times: { ignored: NOT_USED },
    tcp_keepalive: { ignored: 'connections are always kept alive' },
    default_emit_mode: { ignored: NOT_USED },
  },
} as const satisfies ConfigSchema;

export function checkDatahub(block: Readonly<Record<string, unknown>>): Draft[] {
  const problems: Draft[] = [];
  const { server, auth, token } = block;
  if (typeof server === 'string' && server !== '' && !/^https?:\/\/[^/\s]/i.test(server)) {
    const fix = `Write http:// or https:// before the host.`;
    problems.push({
      path: ['datahub', 'server'],
      message: 'expected a URL that begins with http:// or https://',
      fix,
    });
  }
  if (auth !== undefined && auth !== null) {
    const both = token !== undefined && token !== null;
    const message = both ? 'auth and token cannot both be given' : 'auth is not supported';
    const fix = both
      ? 'Remove auth.'
      : 'Write token: "${DATAHUB_TOKEN}", or an Authorization header in extra_headers.';
    problems.push({ path: ['datahub', 'auth'], about: 'key', message, fix, secret: true });
  }
  return problems;
}
