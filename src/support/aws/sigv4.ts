import * as crypto from 'node:crypto';

/*
 * AWS Signature Version 4 for POST requests. The key that signs is derived from the secret once a day and kept: that
 * is four of the six hashes that a request would cost.
 */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Milliseconds since 1970; absent where they do not expire. */
  readonly expiresAt?: number | undefined;
}

export interface Signable {
  /** As it is sent: percent-encoded, beginning with `/`. */
  readonly path: string;
  readonly host: string;
  /** Every other header to sign; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly region: string;
  /** The service's name in the scope: `sqs`, `sns`. */
  readonly service: string;
}

/** The headers that make a request a signed one, those that were given included, without `host`. `now` is milliseconds
 *  since 1970 as AWS counts them. */
export function signed(
  request: Signable,
  credentials: Credentials,
  { region, service }: SigningScope,
  now: number,
): Record<string, string> {
  const time = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const day = time.slice(0, 8);
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': time };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;

  const all: Record<string, string> = { ...headers, host: request.host };
  const names = Object.keys(all).sort();
  const lines = names
    .map((name) => `${name}:${(all[name] as string).trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  const signedNames = names.join(';');
  const canonical = `POST\n${canonicalPath(request.path)}\n\n${lines}\n${signedNames}\n${sha256(request.body)}`;

  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = signingKey(credentials.secretAccessKey, day, region, service);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  headers['authorization'] =
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return headers;
}

/** What is percent-encoded already is encoded once more: every service but S3 wants it so. */
function canonicalPath(path: string): string {
  return path === '/' ? path : path.split('/').map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

interface Kept {
  readonly of: string;
  readonly key: Buffer;
}

let kept: Kept | undefined;

function signingKey(secret: string, day: string, region: string, service: string): Buffer {
  const of = `${secret}\n${day}\n${region}\n${service}`;
  if (kept?.of === of) return kept.key;
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`) as Buffer;
  kept = { of, key };
  return key;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return crypto.createHmac('sha256', key).update(text).digest();
}

/** One call into the library where Node has it (20.12 and later): a third of the cost of a hash object. */
const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'hex')
    : (text) => crypto.createHash('sha256').update(text).digest('hex');
