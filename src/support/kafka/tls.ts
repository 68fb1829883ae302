/** TLS: from properties to settings (at check time), and from settings to what Node's `tls.connect` takes. */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { EvrunError } from '../../contract/errors.ts';
import type { Properties } from './property-table.ts';
import type { Pem, TlsSettings } from './settings.ts';
import { reasonOf } from './unreadable.ts';

/** What is wrong with a property, or for want of it. */
export interface PropertyProblem {
  readonly property: string;
  /** Where to point if it is not there. */
  readonly because?: string;
  readonly message: string;
  readonly fix?: string;
  /** Default: an error. */
  readonly severity?: 'warning';
  /** True: it has no effect, and `message` says why. */
  readonly ignored?: true;
}

const CLIENT_SIDE = [
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.key.location',
  'ssl.key.pem',
] as const;

export function tlsOf(values: Properties): { tls: TlsSettings | undefined; problems: PropertyProblem[] } {
  if (values['security.protocol']?.tls !== true) return { tls: undefined, problems: withoutTls(values) };
  const cert = pemOf(values, 'ssl.certificate');
  const key = pemOf(values, 'ssl.key');
  const keystore = values['ssl.keystore.location'];
  const tls: TlsSettings = {
    ca: values['ssl.ca.location'] === 'probe' ? undefined : pemOf(values, 'ssl.ca'),
    cert,
    key,
    keystore: keystore === undefined ? undefined : { path: keystore, option: 'ssl.keystore.location' },
    password: keystore === undefined ? values['ssl.key.password'] : values['ssl.keystore.password'],
    crl: pemOf(values, 'ssl.crl'),
    ciphers: values['ssl.cipher.suites'],
    curves: values['ssl.curves.list'],
    signatures: values['ssl.sigalgs.list'],
    verify: values['enable.ssl.certificate.verification'] ?? true,
    verifyHost: values['ssl.endpoint.identification.algorithm'] ?? true,
  };
  return { tls, problems: inconsistent(tls, values) };
}

function pemOf(
  values: Properties,
  name: 'ssl.ca' | 'ssl.certificate' | 'ssl.key' | 'ssl.crl' | 'https.ca',
): Pem | undefined {
  const text = name === 'ssl.crl' ? undefined : values[`${name}.pem`];
  if (text !== undefined) return { text: unfolded(text) };
  const path = values[`${name}.location`];
  return path === undefined ? undefined : { path, option: `${name}.location` };
}

export const httpsCa = (values: Properties): Pem | undefined => pemOf(values, 'https.ca');

/** Environment variables often hold a PEM text on one line, with `\n` spelled out. */
function unfolded(text: string): string {
  return text.includes('\n') ? text : text.replaceAll('\\n', '\n');
}

function inconsistent(tls: TlsSettings, values: Properties): PropertyProblem[] {
  const problems: PropertyProblem[] = [];
  for (const name of ['ssl.ca', 'ssl.certificate', 'ssl.key'] as const) {
    if (values[`${name}.pem`] === undefined) continue;
    if (values[`${name}.location`] !== undefined) {
      const fix = `Remove ${name}.location or ${name}.pem.`;
      problems.push({ property: `${name}.location`, message: `${name}.pem is given as well`, fix });
    }
    if (!values[`${name}.pem`]?.includes('-----BEGIN')) {
      const message = `${name}.pem is not PEM text: it has no "-----BEGIN" line`;
      problems.push({ property: `${name}.pem`, message, fix: `A file is named with ${name}.location.` });
    }
  }
  if (tls.keystore !== undefined) {
    const both = CLIENT_SIDE.find((name) => values[name] !== undefined);
    if (both !== undefined) {
      const fix = 'Keep the keystore, or the certificate and its key.';
      problems.push({ property: both, message: `ssl.keystore.location is given as well`, fix });
    }
  } else if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [has, lacks] =
      tls.cert === undefined ? ['ssl.key', 'ssl.certificate'] : ['ssl.certificate', 'ssl.key'];
    const message = `${has} is given without ${lacks}`;
    const fix = `A client certificate needs both: write ${lacks}.location or ${lacks}.pem.`;
    problems.push({ property: 'security.protocol', message, fix });
  }
  return problems;
}

function withoutTls(values: Properties): PropertyProblem[] {
  const given = Object.keys(values).filter((name) => name.startsWith('ssl.'));
  const protocol = values['security.protocol']?.sasl === true ? 'SASL_SSL' : 'SSL';
  return given.map((property) => ({
    property,
    ignored: true,
    message: 'the connection is not encrypted',
    fix: `Write security.protocol: ${protocol}.`,
  }));
}

/** Reads the files. Throws EvrunError EVR_REFUSED naming the file and the property that names it. */
export async function openTls(tls: TlsSettings): Promise<ConnectionOptions> {
  const [ca, cert, key, pfx, crl] = await Promise.all(
    [tls.ca, tls.cert, tls.key, tls.keystore, tls.crl].map((pem) => pem && readPem(pem)),
  );
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(pfx && { pfx }),
    ...(crl && { crl }),
    ...(tls.password !== undefined && { passphrase: tls.password }),
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    ...(tls.curves !== undefined && { ecdhCurve: tls.curves }),
    ...(tls.signatures !== undefined && { sigalgs: tls.signatures }),
    rejectUnauthorized: tls.verify,
    ...(tls.verifyHost ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** Larger files are no certificates. */
const MOST_BYTES = 4 * 1024 * 1024;

export async function readPem(pem: Pem): Promise<Buffer> {
  if ('text' in pem) return Buffer.from(pem.text);
  const { path, option } = pem;
  try {
    const bytes = await readFile(path);
    if (bytes.length <= MOST_BYTES) return bytes;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new EvrunError('EVR_REFUSED', `kafka: cannot read ${path} (${option}): ${reasonOf(code)}`, {
      cause,
    });
  }
  throw new EvrunError(
    'EVR_REFUSED',
    `kafka: ${path} (${option}) is larger than ${MOST_BYTES} bytes: no certificate`,
  );
}
