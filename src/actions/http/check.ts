import type { ConfigProblem } from '../../contract/define.ts';
import type { HttpConfig } from './schema.ts';
import { parseUrl } from './url.ts';

/** Headers that belong to the connection, or that would let one request pass for two. */
const FORBIDDEN = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

export function checkHttp(config: HttpConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const url = parseUrl(config.url);
  if (typeof url === 'string')
    problems.push({ path: ['url'], message: url, fix: 'Write https://host/path.' });
  else if (url.login !== undefined && config.auth !== undefined) {
    problems.push({
      path: ['auth'],
      message: 'the URL already holds a user and password',
      fix: 'Keep one of the two.',
    });
  }
  for (const name of Object.keys(config.headers)) problems.push(...checkHeader(name));
  const { auth } = config;
  if (auth !== undefined && (auth.bearer === undefined) === (auth.basic === undefined)) {
    problems.push({ path: ['auth'], message: 'expected exactly one of `bearer` and `basic`' });
  }
  if (auth?.basic?.username.includes(':')) {
    problems.push({ path: ['auth', 'basic', 'username'], message: 'a user name cannot hold a colon' });
  }
  if (config.method === 'GET' && config.body !== undefined) {
    problems.push({
      path: ['body'],
      message: 'GET sends no body',
      fix: 'Remove `body`, or write `method: POST`.',
    });
  }
  const { client_certificate_path: certificate, client_key_path: key } = config.tls ?? {};
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push({
      path: ['tls'],
      message: '`client_certificate_path` and `client_key_path` need each other',
    });
  }
  return problems;
}

function checkHeader(name: string): ConfigProblem[] {
  const path = ['headers', name];
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name))
    return [{ path, message: `${JSON.stringify(name)} cannot be a header name` }];
  if (!FORBIDDEN.includes(name.toLowerCase())) return [];
  return [
    { path, message: `\`${name}\` belongs to the connection`, fix: 'Remove it: evrun sets what is needed.' },
  ];
}
