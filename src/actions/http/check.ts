import { checks } from '../../contract/checks.ts';
import type { ConfigProblem } from '../../contract/define.ts';
import { checkTemplate } from '../../support/expressions/template.ts';
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

/** Each concerns options of its own. */
export const checkHttp = checks(checkUrl, checkLogin, checkHeaders, checkAuth, checkBody, checkTls);

function checkUrl({ url: text }: HttpConfig): readonly ConfigProblem[] {
  // Its expressions are checked with all others, and cannot be taken apart where they are wrong.
  if (checkTemplate(text) !== undefined) return [];
  const url = parseUrl(text);
  return typeof url === 'string' ? [{ path: ['url'], message: url, fix: 'Write https://host/path.' }] : [];
}

function checkHeaders({ headers }: HttpConfig): readonly ConfigProblem[] {
  return Object.keys(headers).flatMap(checkHeader);
}

function checkAuth({ auth }: HttpConfig): readonly ConfigProblem[] {
  if (auth === undefined) return [];
  const problems: ConfigProblem[] = [];
  if ((auth.bearer === undefined) === (auth.basic === undefined)) {
    problems.push({ path: ['auth'], message: 'expected exactly one of `bearer` and `basic`' });
  }
  if (auth.basic?.username.includes(':')) {
    problems.push({ path: ['auth', 'basic', 'username'], message: 'a user name cannot hold a colon' });
  }
  return problems;
}

function checkLogin({ auth, url: text }: HttpConfig): readonly ConfigProblem[] {
  if (auth === undefined || checkTemplate(text) !== undefined) return [];
  const url = parseUrl(text);
  if (typeof url === 'string' || url.login === undefined) return [];
  const message = 'the URL already holds a user and password';
  return [{ path: ['auth'], message, fix: 'Keep one of the two.' }];
}

function checkBody({ method, body }: HttpConfig): readonly ConfigProblem[] {
  if (method !== 'GET' || body === undefined) return [];
  const fix = 'Remove `body`, or write `method: POST`.';
  return [{ path: ['body'], message: 'GET sends no body', fix }];
}

function checkTls({ tls }: HttpConfig): readonly ConfigProblem[] {
  const { client_certificate_path: certificate, client_key_path: key } = tls ?? {};
  if ((certificate === undefined) === (key === undefined)) return [];
  const message = '`client_certificate_path` and `client_key_path` need each other';
  return [{ path: ['tls'], message }];
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
