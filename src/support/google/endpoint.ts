import { EvrunError } from '../../contract/errors.ts';

/** Where Pub/Sub answers, and whether it is Google's emulator, which asks for no credentials. */
export interface Endpoint {
  /** `https://pubsub.googleapis.com`: no path, no slash at the end. */
  readonly origin: string;
  readonly emulator: boolean;
}

const GOOGLE = 'https://pubsub.googleapis.com';

/**
 * The recipe's `endpoint` (a regional one, or a server of one's own), else the emulator that PUBSUB_EMULATOR_HOST
 * names, else Google. A token is sent to Google's own hosts and to what is reached by TLS; never in the clear.
 * Throws EVR_RECIPE for what is no address.
 */
export function pubsubEndpoint(endpoint: string | undefined, env: NodeJS.ProcessEnv): Endpoint {
  if (endpoint !== undefined) return endpointOf(endpoint, '`endpoint`');
  const emulator = env['PUBSUB_EMULATOR_HOST'];
  if (!emulator) return { origin: GOOGLE, emulator: false };
  return { ...endpointOf(withScheme(emulator), 'PUBSUB_EMULATOR_HOST'), emulator: true };
}

/** What is wrong with an `endpoint`; undefined = nothing. */
export function endpointProblem(endpoint: string): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return `expected https://host or http://host:port, got ${JSON.stringify(endpoint.slice(0, 100))}`;
  }
  return url.username === '' && url.password === '' ? undefined : 'expected no user and no password in it';
}

function endpointOf(text: string, name: string): Endpoint {
  const problem = endpointProblem(text);
  if (problem !== undefined) throw new EvrunError('EVR_RECIPE', `Pub/Sub: ${name}: ${problem}`);
  const { origin, protocol } = new URL(text);
  return { origin, emulator: protocol === 'http:' };
}

/** The variable holds `localhost:8085`, as Google's tools set it. */
function withScheme(host: string): string {
  return /^https?:\/\//.test(host) ? host : `http://${host}`;
}
