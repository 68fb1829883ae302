import { EvrunError } from '../../contract/errors.ts';
import type { HttpResponse } from '../../support/http/http-client.ts';
import { retryOf } from '../../support/http/http-retry.ts';
import { redact } from '../../support/logging/redact.ts';

const QUOTED_CHARACTERS = 200;

/** The error for an answer other than 2xx: whether to try again, and what the server said. */
export function refusal(answer: HttpResponse, method: string, origin: string, now: number): EvrunError {
  const { status, headers } = answer;
  const said = quoted(answer.body);
  const message = `${method} ${origin} was answered with ${status}${advice(status, headers)}${said}`;
  return new EvrunError('EVR_ACTION', redact(message), retryOf(status, headers, now));
}

function advice(status: number, headers: HttpResponse['headers']): string {
  if (status >= 300 && status < 400) {
    const to =
      typeof headers.location === 'string'
        ? ` to ${redact(headers.location).slice(0, QUOTED_CHARACTERS)}`
        : '';
    return `: a redirect${to}, which is not followed. Write the new address into the recipe`;
  }
  if (status === 401 || status === 403) return ': check `auth` in the recipe';
  if (status === 404 || status === 405 || status === 410) return ': check `url` and `method` in the recipe';
  return '';
}

/** The beginning of what the server said, on one line. */
function quoted(body: Buffer): string {
  // First, since half a secret would not be known for one.
  const text = redact(body.toString().replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')).trim();
  if (text === '') return '';
  return `. It said: ${text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text}`;
}
