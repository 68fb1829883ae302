import { EvrunError } from '../../contract/errors.ts';
import { networkSentence } from '../network-sentence.ts';

/**
 * The sentence for whatever prevented an answer. A network that fails may work later; a certificate or a
 * protocol that does not fit stays so until somebody changes the recipe or the server.
 */
export function httpError(error: unknown, origin: string): EvrunError {
  if (error instanceof EvrunError) return error;
  const cause = rootOf(error);
  const code = codeOf(cause);
  const where = hostAndPort(origin);
  const tls = tlsSentence(code, where);
  if (tls !== undefined) return new EvrunError('EVR_REFUSED', tls, { cause: error });
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR') {
    const message = `the request to ${where} is not valid HTTP: ${textOf(cause)}`;
    return new EvrunError('EVR_ACTION', message, { cause: error });
  }
  return new EvrunError('EVR_UNREACHABLE', networkSentence(code, where) ?? noAnswer(code, where, cause), {
    retry: 'later',
    cause: error,
  });
}

function noAnswer(code: string, where: string, error: unknown): string {
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError'))
    return `${where} answered with something that is not HTTP`;
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection to ${where} in time`;
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `${where} took the request and did not answer in time`;
    case 'UND_ERR_BODY_TIMEOUT':
      return `${where} stopped in the middle of its answer`;
    case 'UND_ERR_SOCKET':
      // undici's words for `100 Continue`, the answer to a header that is never sent.
      if (textOf(error) === 'bad response')
        return `${where} answered with 100 Continue, which nobody asked for`;
      return closed(where);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return closed(where);
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return `the connection to ${where} was closed by this program`;
    default:
      return `the request to ${where} failed: ${textOf(error)}`;
  }
}

function closed(where: string): string {
  return `${where} closed the connection before its answer was complete`;
}

function tlsSentence(code: string, where: string): string | undefined {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${where} has expired`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${where} is not valid yet: compare the clocks`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${where} was made for another host name`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS: if it serves plain HTTP, write http:// instead of https://`;
    case 'ERR_OSSL_PEM_NO_START_LINE':
      return `the certificate or key given for ${where} is not in PEM format`;
  }
  if (/SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED/.test(code)) {
    return `the certificate of ${where} is not signed by an authority that is trusted here: give its CA certificate`;
  }
  if (/^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_)/.test(code)) return `TLS with ${where} failed (${code})`;
  return undefined;
}

/** Several addresses were tried: the first one's failure tells most. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0];
  if (error instanceof Error && codeOf(error) === 'UND_ERR_PRX_TLS' && error.cause !== undefined)
    return error.cause;
  return error;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hostAndPort(origin: string): string {
  const url = new URL(origin);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
