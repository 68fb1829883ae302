import { EvrunError } from '../../contract/errors.ts';

/** The JSON object that a 2xx answer holds. Throws EVR_UNREACHABLE (may pass) for one that is none, a proxy's error
 *  page say. `asked`: `a pull`. */
export function answerIn(body: Buffer, host: string, asked: string): Readonly<Record<string, unknown>> {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch (error) {
    throw noAnswer(host, asked, 'that is not JSON', error);
  }
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) {
    return answer as Record<string, unknown>;
  }
  throw noAnswer(host, asked, 'that is no JSON object');
}

/** `what`: a clause behind `something`. */
export function noAnswer(host: string, asked: string, what: string, cause?: unknown): EvrunError {
  const message = `${host} answered ${asked} with something ${what}. Is it Pub/Sub, or a proxy in front of it?`;
  return new EvrunError('EVR_UNREACHABLE', message, { retry: 'later', cause });
}
