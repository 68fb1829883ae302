import { type ErrorDetails, EvrunError } from '../../contract/errors.ts';
import type { HttpResponse } from '../http/http-client.ts';
import { retryOf } from '../http/http-retry.ts';
import { redact } from '../logging/redact.ts';

/** An answer of AWS that refuses. `awsCode` is AWS's own word, without namespace: `QueueDoesNotExist`. */
export class AwsError extends EvrunError {
  readonly awsCode: string;
  readonly status: number;

  constructor(
    awsCode: string,
    status: number,
    code: EvrunError['code'],
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, details);
    this.awsCode = awsCode;
    this.status = status;
  }
}

/** What was asked of AWS, for the sentence that says why it was refused. */
export interface Asked {
  /** The permission that it takes: `sqs:ReceiveMessage`. */
  readonly permission: string;
  /** What it was about: `the queue https://…`. */
  readonly about: string;
  readonly region: string;
  readonly host: string;
  /** Where the keys came from. */
  readonly keysOf: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** AWS's code and sentence in a JSON or XML answer. */
export function refusalIn(response: HttpResponse): { code: string; message: string } {
  const text = response.body.toString('utf8', 0, 8192);
  const query = response.headers['x-amzn-query-error'];
  if (text.trimStart().startsWith('<')) {
    return {
      code: /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '',
      message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '',
    };
  }
  let parsed: Readonly<Record<string, unknown>> = {};
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) parsed = json as Record<string, unknown>;
  } catch {
    // a proxy's page: its status says enough
  }
  const type = parsed['__type'];
  const code =
    typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : String(query ?? '').split(';')[0];
  const message = parsed['message'] ?? parsed['Message'];
  return { code: code ?? '', message: typeof message === 'string' ? message : '' };
}

const THROTTLED = /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|BandwidthLimitExceeded/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;
const UNKNOWN_KEY = /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|InvalidSecurity)$/;
const BAD_SIGNATURE =
  /^(SignatureDoesNotMatch|InvalidSignatureException|InvalidSignature|IncompleteSignature)$/;
const DENIED =
  /^(AccessDenied|AccessDeniedException|AuthorizationError|NotAuthorized|KmsAccessDenied|KMSAccessDenied)/;
const GONE = /QueueDoesNotExist|NonExistentQueue|^NotFound(Exception)?$|QueueDeletedRecently/;
const SKEWED = /^(RequestTimeTooSkewed|RequestInTheFuture|RequestExpired)$/;

export const isExpired = ({ awsCode }: AwsError): boolean => EXPIRED.test(awsCode);
export const isGone = ({ awsCode }: AwsError): boolean => GONE.test(awsCode);
export const isThrottled = ({ awsCode }: AwsError): boolean => THROTTLED.test(awsCode);
/** The keys are good, and a right is missing. */
export const isDenied = ({ awsCode, status }: AwsError): boolean =>
  DENIED.test(awsCode) || (awsCode === '' && (status === 401 || status === 403));

/** AWS's clock and ours are too far apart: `InvalidSignatureException` says so in its sentence only. */
export function isSkewed({ code, message }: { code: string; message: string }): boolean {
  return SKEWED.test(code) || (BAD_SIGNATURE.test(code) && /expired|not yet current/i.test(message));
}

/** The error for an answer that is not 2xx. */
export function awsError(response: HttpResponse, asked: Asked): AwsError {
  const { status } = response;
  const { code, message } = refusalIn(response);
  const name = code === '' ? `status ${status}` : code;
  const said = message === '' ? name : `${name}: ${message.slice(0, 300)}`;
  const refused = (sentence: string) => new AwsError(code, status, 'EVR_REFUSED', `${sentence} (${said})`);
  const later = (sentence: string, retryAfterMs?: number) =>
    new AwsError(code, status, 'EVR_UNREACHABLE', `${sentence} (${said})`, { retry: 'later', retryAfterMs });

  if (status >= 300 && status < 400) {
    // A gateway or a login page in between: it may pass, and AWS itself never does it.
    const { location } = response.headers;
    // Without its query, where a token may stand.
    const where =
      typeof location === 'string' ? ` to ${redact(location.replace(/[?#].*/s, '').slice(0, 200))}` : '';
    return later(`${asked.host} redirects${where}, which AWS does not: is it the right endpoint?`);
  }
  if (THROTTLED.test(code) || status === 429) {
    const { retryAfterMs } = retryOf(429, response.headers, asked.now);
    return later(`${asked.host} is asked too often`, retryAfterMs ?? 500);
  }
  if (code === 'OverLimit') {
    return later(`${asked.about} has as many messages in work as AWS allows`, 1_000);
  }
  if (EXPIRED.test(code)) {
    return refused(`the keys of ${asked.keysOf} have expired: get new ones`);
  }
  if (UNKNOWN_KEY.test(code)) return refused(`AWS does not know the access key of ${asked.keysOf}`);
  if (BAD_SIGNATURE.test(code)) {
    return /region/i.test(message)
      ? refused(`${asked.host} does not serve the region ${asked.region}: set \`region\` to the queue's own`)
      : refused(`the secret of ${asked.keysOf} does not fit its access key`);
  }
  if (GONE.test(code)) {
    return refused(`${asked.about} does not exist in the region ${asked.region} for this account`);
  }
  if (DENIED.test(code) || status === 401 || status === 403) {
    return refused(
      `${asked.host} refused ${asked.about}: the keys of ${asked.keysOf} need ${asked.permission}`,
    );
  }
  if (status >= 500 || status === 408) {
    const { retryAfterMs } = retryOf(status, response.headers, asked.now);
    return later(`${asked.host} could not answer`, retryAfterMs);
  }
  return new AwsError(
    code,
    status,
    'EVR_SOURCE',
    `${asked.host} did not accept the request for ${asked.about} (${said})`,
  );
}
