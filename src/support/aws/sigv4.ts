import * as crypto from 'node:crypto';

/*
 * AWS Signature Version 4 for POST requests. A signature holds for a second, so all but the body's part is made once a
 * second; the key that signs is derived from the secret once a day.
 */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Milliseconds since 1970; absent where they do not expire. */
  readonly expiresAt?: number | undefined;
}

/** What all requests of one operation have in common. */
export interface Signable {
  /** As it is sent: percent-encoded, beginning with `/`. */
  readonly path: string;
  readonly host: string;
  /** Every other header to sign; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningScope {
  readonly region: string;
  /** The service's name in the scope: `sqs`, `sns`. */
  readonly service: string;
}

/** A body and its hash, for bodies that are sent again and again. */
export interface HashedBody {
  readonly text: string;
  readonly sha256: string;
}

export function hashed(text: string): HashedBody {
  return { text, sha256: sha256(text) };
}

/** What all requests of one second with the same keys have in common. */
interface Prepared {
  readonly credentials: Credentials;
  readonly second: number;
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  /** The canonical request up to the hash of its body. */
  readonly canonical: string;
  /** The text to sign up to the hash of the canonical request. */
  readonly toSign: string;
  readonly key: Buffer;
  /** The authorization header up to the signature. */
  readonly authorization: string;
}

/** Signs the requests of one operation. */
export class Signer {
  private readonly request: Signable;
  private readonly scope: SigningScope;
  private prepared: Prepared | undefined;

  constructor(request: Signable, scope: SigningScope) {
    this.request = request;
    this.scope = scope;
  }

  /** All headers of a request but `host`, as name, value, name, value, … `now`: milliseconds since 1970 as AWS counts. */
  headers(body: HashedBody, credentials: Credentials, now: number): string[] {
    const second = Math.floor(now / 1000);
    let prepared = this.prepared;
    if (prepared?.second !== second || prepared.credentials !== credentials) {
      prepared = this.prepare(second, credentials);
      this.prepared = prepared;
    }
    const canonical = sha256(prepared.canonical + body.sha256);
    const signature = hmac(prepared.key, prepared.toSign + canonical).toString('hex');
    return [...prepared.headers, 'authorization', prepared.authorization + signature];
  }

  private prepare(second: number, credentials: Credentials): Prepared {
    const { path, host, headers } = this.request;
    const { region, service } = this.scope;
    const time = `${new Date(second * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    const day = time.slice(0, 8);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const sent: Record<string, string> = { ...headers, 'x-amz-date': time };
    if (sessionToken !== undefined) sent['x-amz-security-token'] = sessionToken;

    const all: Record<string, string> = { ...sent, host };
    const names = Object.keys(all).sort();
    const signedNames = names.join(';');
    const lines = names.map((name) => `${name}:${(all[name] as string).trim().replace(/\s+/g, ' ')}\n`);
    const scope = `${day}/${region}/${service}/aws4_request`;
    return {
      credentials,
      second,
      headers: Object.entries(sent).flat(),
      canonical: `POST\n${canonicalPath(path)}\n\n${lines.join('')}\n${signedNames}\n`,
      toSign: `AWS4-HMAC-SHA256\n${time}\n${scope}\n`,
      key: signingKey(secretAccessKey, day, region, service),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=`,
    };
  }
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
