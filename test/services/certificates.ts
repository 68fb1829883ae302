import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './process.ts';

/** Paths of PEM files. Keys are unencrypted PKCS8 unless the name says otherwise. */
export interface CertificateFiles {
  readonly ca: string;
  /** For 127.0.0.1 and localhost, by `ca`. */
  readonly serverCert: string;
  readonly serverKey: string;
  /** `CN=client1`, by `ca`. */
  readonly clientCert: string;
  readonly clientKey: string;
  /** The same key, encrypted with `key-secret`. */
  readonly clientKeyEncrypted: string;
  /** Another authority, and a client certificate of it. */
  readonly otherCa: string;
  readonly otherCert: string;
  readonly otherKey: string;
  /** A client certificate of `ca` that ended in 2021. */
  readonly expiredCert: string;
  readonly expiredKey: string;
}

interface Leaf {
  readonly name: string;
  readonly ca?: 'ca' | 'otherCa';
  readonly subject?: string;
  readonly names?: string;
  readonly expired?: boolean;
}

const LEAVES: readonly Leaf[] = [
  { name: 'server' },
  { name: 'wrongName', names: 'DNS:elsewhere.example' },
  { name: 'expiredServer', expired: true },
  { name: 'client', subject: '/CN=client1' },
  { name: 'other', ca: 'otherCa', subject: '/CN=client1' },
  { name: 'expired', subject: '/CN=client1', expired: true },
];

/** Makes all of them in `folder`, by openssl. `<name>.pem` is key, certificate and authority in one, for a server. */
export async function makeCertificates(folder: string): Promise<CertificateFiles> {
  await Promise.all([authority(folder, 'ca'), authority(folder, 'otherCa')]);
  await Promise.all(LEAVES.map((one) => leaf(folder, one)));
  const key = [
    'pkcs8',
    '-topk8',
    '-in',
    'client.key',
    '-out',
    'clientEncrypted.key',
    '-passout',
    'pass:key-secret',
  ];
  await openssl(folder, key);
  const path = (file: string) => join(folder, file);
  return {
    ca: path('ca.crt'),
    serverCert: path('server.crt'),
    serverKey: path('server.key'),
    clientCert: path('client.crt'),
    clientKey: path('client.key'),
    clientKeyEncrypted: path('clientEncrypted.key'),
    otherCa: path('otherCa.crt'),
    otherCert: path('other.crt'),
    otherKey: path('other.key'),
    expiredCert: path('expired.crt'),
    expiredKey: path('expired.key'),
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function authority(folder: string, name: string): Promise<void> {
  const uses = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const extensions = uses.flatMap((use) => ['-addext', use]);
  const out = ['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=evrun test ${name}`];
  await openssl(folder, ['req', '-x509', '-days', '30', ...NEW_KEY, ...extensions, ...out]);
}

/** `openssl ca` because it alone lets both ends of the validity be chosen. It keeps a database: one per leaf. */
async function leaf(folder: string, { name, ca = 'ca', subject, names, expired }: Leaf): Promise<void> {
  const file = (ending: string) => join(folder, `${name}.${ending}`);
  writeFileSync(
    file('cnf'),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.db\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256
policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n[leaf]\nbasicConstraints=CA:FALSE
extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=${names ?? 'DNS:localhost,IP:127.0.0.1'}\n`,
  );
  writeFileSync(file('db'), '');
  const out = ['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject ?? '/CN=localhost'];
  await openssl(folder, ['req', '-new', ...NEW_KEY, ...out]);
  const from = '20200101000000Z';
  const until = expired ? '20210101000000Z' : '20990101000000Z';
  const signed = ['-cert', `${ca}.crt`, '-keyfile', `${ca}.key`, '-in', `${name}.csr`, '-out', `${name}.crt`];
  const terms = ['-startdate', from, '-enddate', until, '-extensions', 'leaf', '-notext'];
  await openssl(folder, ['ca', '-batch', '-config', file('cnf'), ...signed, ...terms]);
  const parts = [file('key'), file('crt'), join(folder, `${ca}.crt`)];
  writeFileSync(file('pem'), parts.map((part) => readFileSync(part, 'utf8')).join(''));
}

function openssl(folder: string, args: readonly string[]): Promise<string> {
  return runProgram('openssl', args, folder, 30_000);
}
