/**
 * The OAUTHBEARER exchange (RFC 7628). kafkajs has one of its own, which takes the broker's refusal for an answer
 * like any other: the broker then hangs up, and the reason is lost. Here it becomes the error.
 */
import type { TokenSource } from './token.ts';

const SEPARATOR = '\u0001';
const LENGTH_BYTES = 4;

/** kafkajs's own, as far as it is used here. */
interface Exchange {
  saslAuthenticate<T>(step: {
    request: { encode(): Buffer };
    response: { decode(raw: Buffer): Buffer; parse(raw: Buffer): T };
  }): Promise<unknown>;
}

/** What kafkajs takes as `authenticationProvider`. */
export function tokenLogin(
  tokens: TokenSource,
  extensions: Readonly<Record<string, string>>,
): (exchange: Exchange) => { authenticate(): Promise<void> } {
  return ({ saslAuthenticate }) => ({
    async authenticate() {
      const { value } = await tokens.token();
      const more = Object.entries(extensions).map(([name, said]) => `${name}=${said}${SEPARATOR}`);
      const message = `n,,${SEPARATOR}auth=Bearer ${value}${SEPARATOR}${more.join('')}${SEPARATOR}`;
      const challenge = await saslAuthenticate<string>({
        request: { encode: () => withLength(Buffer.from(message)) },
        response: { decode: (raw) => raw, parse: (raw) => raw.subarray(LENGTH_BYTES).toString('utf8') },
      });
      if (typeof challenge === 'string' && challenge !== '') throw refused(challenge);
    },
  });
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `{"status":"invalid_token"}`. Named as kafkajs names a refused login, so that it is treated as one. */
function refused(challenge: string): Error {
  const status = /"status"\s*:\s*"([^"]{1,200})"/.exec(challenge)?.[1] ?? challenge.slice(0, 200);
  const error = new Error(`SASL OAUTHBEARER authentication failed: ${status}`);
  return Object.assign(error, { name: 'KafkaJSSASLAuthenticationError', retriable: false });
}
