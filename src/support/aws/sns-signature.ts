import { verify, X509Certificate } from 'node:crypto';
import { EvrunError } from '../../contract/errors.ts';
import { type HttpClient, openHttpClient } from '../http/http-client.ts';
import type { SnsNotification } from './sns-message.ts';

/*
 * Whether SNS itself signed a notification. The certificate comes from the address in the message, so only addresses
 * of SNS are asked: anybody could sign with a certificate of their own. Certificates are kept; how many is bounded,
 * since the path is the sender's to choose.
 */

const HOST = /^sns\.([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com(?:\.cn)?$/;
const PATH = /^\/SimpleNotificationService-[0-9a-zA-Z]+\.pem$/;
const MOST_CERTIFICATES = 32;
const MOST_BYTES = 64 * 1024;
/** A certificate that could not be found is not asked for again so soon. */
const MISSING_MS = 60_000;

export interface SnsVerifier {
  /** Undefined: signed by SNS. Else what is wrong, as a sentence. Throws EVR_UNREACHABLE (`retry: later`) where the
   *  certificate cannot be fetched now. */
  problemWith(notification: SnsNotification): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Fetches the PEM text at an https address; undefined: there is none. Rejects where nobody answers. */
export type FetchCertificate = (url: URL) => Promise<string | undefined>;

type Found = X509Certificate | { readonly problem: string; readonly until: number };

export interface VerifierOptions {
  readonly now: () => number;
  /** The queue's: SNS is known to be there, so that a name which cannot be resolved is an outage. */
  readonly region: string;
  /** For tests. */
  readonly fetchCertificate?: FetchCertificate;
}

export function snsVerifier({ now, region, fetchCertificate }: VerifierOptions): SnsVerifier {
  const clients = new Map<string, Promise<HttpClient>>();
  const certificates = new Map<string, Found>();
  const fetch = fetchCertificate ?? ((url: URL) => fetchFrom(clients, url));

  async function certificateAt(url: URL): Promise<Found> {
    const known = certificates.get(url.href);
    if (known instanceof X509Certificate || (known !== undefined && known.until > now())) return known;
    const found = await look(url);
    if (certificates.size >= MOST_CERTIFICATES) certificates.delete([...certificates.keys()][0] as string);
    certificates.set(url.href, found);
    return found;
  }

  async function look(url: URL): Promise<Found> {
    let pem: string | undefined;
    try {
      pem = await fetch(url);
    } catch (error) {
      // The region is the sender's to write: one that does not exist must not pass for an outage, which would wait.
      if (!isUnknownHost(error) || HOST.exec(url.hostname)?.[1] === region) throw error;
      return without(`its certificate is at ${url.host}, a name that DNS does not know`);
    }
    try {
      if (pem !== undefined) return new X509Certificate(pem);
    } catch {
      // told below
    }
    return without(`${url.href} holds no certificate`);
  }

  function without(problem: string): Found {
    return { problem, until: now() + MISSING_MS };
  }

  return {
    async problemWith(notification) {
      const { Signature, SignatureVersion, SigningCertURL } = notification;
      if (!Signature || !SigningCertURL) return 'it is not signed';
      const algorithm = SignatureVersion === '2' ? 'sha256' : SignatureVersion === '1' ? 'sha1' : undefined;
      if (algorithm === undefined) return `its signature version is ${JSON.stringify(SignatureVersion)}`;
      const url = certificateUrl(SigningCertURL);
      if (url === undefined) return 'its certificate is not at an address of SNS';
      const certificate = await certificateAt(url);
      if (!(certificate instanceof X509Certificate)) return certificate.problem;
      const at = now();
      if (at < Date.parse(certificate.validFrom) || at > Date.parse(certificate.validTo)) {
        return 'its certificate is not valid now';
      }
      const text = Buffer.from(signedText(notification));
      const matches = verify(algorithm, text, certificate.publicKey, Buffer.from(Signature, 'base64'));
      return matches ? undefined : 'its signature does not match';
    },
    async close() {
      for (const client of clients.values()) await client.then((open) => open.close()).catch(() => {});
    },
  };
}

/** Undefined: no address of SNS. */
function certificateUrl(text: string): URL | undefined {
  if (text.length > 300 || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
  const plainPath = PATH.test(url.pathname) && url.search === '' && url.hash === '';
  return plain && plainPath && HOST.test(url.hostname) ? url : undefined;
}

/** Names and values in SNS's order; a subject only where there is one. */
function signedText({ Message, MessageId, Subject, Timestamp, TopicArn, Type }: SnsNotification): string {
  const subject = Subject == null ? '' : `Subject\n${Subject}\n`;
  return (
    `Message\n${Message}\nMessageId\n${MessageId}\n${subject}` +
    `Timestamp\n${Timestamp}\nTopicArn\n${TopicArn}\nType\n${Type}\n`
  );
}

async function fetchFrom(clients: Map<string, Promise<HttpClient>>, url: URL): Promise<string | undefined> {
  let client = clients.get(url.origin);
  if (client === undefined) {
    await forgetOldest(clients);
    client = openHttpClient({ origin: url.origin, connections: 2, timeoutMs: 10_000 });
    clients.set(url.origin, client);
  }
  const request = { method: 'GET', path: url.pathname, maxBytes: MOST_BYTES };
  const { status, body } = await (await client).request(request);
  if (status === 200) return body.toString('utf8');
  if (status === 403 || status === 404) return undefined;
  const message = `${url.host} answered with status ${status} instead of its certificate`;
  throw new EvrunError('EVR_UNREACHABLE', message, { retry: 'later' });
}

function isUnknownHost(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } }).cause?.code === 'ENOTFOUND';
}

async function forgetOldest(clients: Map<string, Promise<HttpClient>>): Promise<void> {
  if (clients.size < MOST_CERTIFICATES) return;
  const [origin, client] = [...clients][0] as [string, Promise<HttpClient>];
  clients.delete(origin);
  await (await client).close();
}
