/** Logging in: from properties to settings, at check time. */
import type { Properties } from './property-table.ts';
import type { SaslSettings, TokenSettings } from './settings.ts';
import { httpsCa, type PropertyProblem } from './tls.ts';

const MECHANISMS = 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER';

export function saslOf(values: Properties): { sasl: SaslSettings | undefined; problems: PropertyProblem[] } {
  if (values['security.protocol']?.sasl !== true) return { sasl: undefined, problems: withoutSasl(values) };
  const mechanism = values['sasl.mechanisms'];
  if (mechanism === undefined) {
    const message = 'sasl.mechanism is missing (librdkafka would take GSSAPI, which evrun cannot)';
    const fix = `Write sasl.mechanism: ${MECHANISMS}.`;
    return none({ property: 'sasl.mechanisms', because: 'security.protocol', message, fix });
  }
  if (mechanism === 'oauthbearer') return oauthbearer(values);
  const username = values['sasl.username'];
  const password = values['sasl.password'];
  const problems = [
    ...(username === undefined ? [missing('sasl.username', mechanism)] : []),
    ...(password === undefined ? [missing('sasl.password', mechanism)] : []),
  ];
  if (username === undefined || password === undefined) return { sasl: undefined, problems };
  return { sasl: { mechanism, username, password }, problems };
}

const none = (problem: PropertyProblem) => ({ sasl: undefined, problems: [problem] });

function missing(property: string, mechanism: string): PropertyProblem {
  const message = `${property} is missing, which ${mechanism.toUpperCase()} needs`;
  return { property, because: 'sasl.mechanisms', message, fix: `Write ${property}.` };
}

function withoutSasl(values: Properties): PropertyProblem[] {
  const given = Object.keys(values).filter((name) => name.startsWith('sasl.'));
  const protocol = values['security.protocol']?.tls === true ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return given.map((property) => ({
    property,
    ignored: true,
    message: 'nobody logs in',
    fix: `Write security.protocol: ${protocol}.`,
  }));
}

function oauthbearer(values: Properties): { sasl: SaslSettings | undefined; problems: PropertyProblem[] } {
  const { token, problems } = values['sasl.oauthbearer.method'] === 'oidc' ? oidc(values) : unsecured(values);
  const said = values['sasl.oauthbearer.extensions'];
  const extensions = Object.fromEntries((said ?? '').split(',').flatMap(pairOf));
  if (said !== undefined && !EXTENSIONS.test(said)) {
    const message = 'sasl.oauthbearer.extensions: expected name=value, several separated by commas';
    problems.push({ property: 'sasl.oauthbearer.extensions', message });
  }
  return { sasl: token && { mechanism: 'oauthbearer', token, extensions }, problems };
}

/** As RFC 7628 has them: names of letters, values that are visible. */
const EXTENSIONS = /^\s*[A-Za-z]+=[\x20-\x7e]+$/;

function pairOf(pair: string): [string, string][] {
  const at = pair.indexOf('=');
  return at > 0 ? [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]] : [];
}

type Token = { token?: TokenSettings; problems: PropertyProblem[] };

function oidc(values: Properties): Token {
  const url = values['sasl.oauthbearer.token.endpoint.url'];
  const clientId = values['sasl.oauthbearer.client.id'];
  const clientSecret = values['sasl.oauthbearer.client.secret'];
  if (url === undefined || clientId === undefined || clientSecret === undefined) {
    const needed = { 'token.endpoint.url': url, 'client.id': clientId, 'client.secret': clientSecret };
    const lacking = Object.entries(needed).filter(([, value]) => value === undefined);
    const names = lacking.map(([name]) => `sasl.oauthbearer.${name}`).join(', ');
    const message = `${names} is missing, which sasl.oauthbearer.method: oidc needs`;
    return { problems: [{ property: 'sasl.oauthbearer.method', message, fix: `Write ${names}.` }] };
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    const message = 'sasl.oauthbearer.token.endpoint.url: expected an http(s) URL';
    return { problems: [{ property: 'sasl.oauthbearer.token.endpoint.url', message }] };
  }
  const scope = values['sasl.oauthbearer.scope'];
  return { token: { from: 'oidc', url, clientId, clientSecret, scope, ca: httpsCa(values) }, problems: [] };
}

/** librdkafka's token for development: `principal=admin scope=a,b lifeSeconds=600`, unsigned. */
function unsecured(values: Properties): Token {
  if (values['enable.sasl.oauthbearer.unsecure.jwt'] !== true) {
    const message = 'OAUTHBEARER needs to know where its token comes from';
    const fix =
      'Write sasl.oauthbearer.method: oidc with client.id, client.secret and token.endpoint.url; for tests also enable.sasl.oauthbearer.unsecure.jwt: true with sasl.oauthbearer.config: principal=….';
    return { problems: [{ property: 'sasl.mechanisms', message, fix }] };
  }
  const pairs = new Map((values['sasl.oauthbearer.config'] ?? '').trim().split(/\s+/).flatMap(pairOf));
  const principal = pairs.get('principal');
  const lifeSeconds = Number(pairs.get('lifeSeconds') ?? 3600);
  if (principal === undefined || !Number.isInteger(lifeSeconds) || lifeSeconds < 1) {
    const message = 'sasl.oauthbearer.config: expected principal=<name> and, if given, lifeSeconds=<integer>';
    return { problems: [{ property: 'sasl.oauthbearer.config', message }] };
  }
  const scope = pairs.get('scope');
  const claims = {
    [pairs.get('principalClaimName') ?? 'sub']: principal,
    ...(scope === undefined ? {} : { [pairs.get('scopeClaimName') ?? 'scope']: scope.split(',') }),
  };
  return { token: { from: 'unsecured', claims, lifeSeconds }, problems: [] };
}
