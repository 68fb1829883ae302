import type { Action } from '../../contract/action.ts';
import { defineAction } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import { type HttpClient, openHttpClient } from '../../support/http/http-client.ts';
import { refusal } from './answer.ts';
import { checkHttp } from './check.ts';
import { curlLine } from './curl.ts';
import { requestsOf } from './request.ts';
import { schema } from './schema.ts';
import { readTls } from './tls.ts';

/** The answer is only read for the sentence that says why it refused. */
const READ_BYTES = 2048;

export default defineAction({
  name: 'http',
  summary: 'Sends each event to a URL',
  guarantee:
    'An event counts as done once the server answered with 2xx. Every repeat has the same Idempotency-Key.',
  schema,
  check: checkHttp,
  create(config, ctx): Action {
    const requests = requestsOf(config);
    const { report, clock } = ctx;
    let client: HttpClient | undefined;
    let unreachable = false;

    function noAnswer(error: unknown): never {
      if (!(error instanceof EvrunError)) throw error;
      if (error.code === 'EVR_UNREACHABLE') {
        unreachable = true;
        report.unreachable(requests.origin);
      }
      // A certificate that does not fit concerns every event: dead letters would only hide it.
      if (error.code !== 'EVR_REFUSED') throw error;
      throw new EvrunError(error.code, error.message, { cause: error, fatal: true });
    }

    return {
      async open() {
        const tls = await readTls(config.tls);
        client ??= await openHttpClient({
          origin: requests.origin,
          connections: config.max_connections,
          tls,
          timeoutMs: 0,
        });
      },
      act(event, attempt) {
        const { method, path, headers, body } = requests.make(event, () => attempt.idempotencyKey(event));
        const signal = () => attempt.signal;
        return (client as HttpClient)
          .request({ method, path, headers, body, signal, maxBytes: READ_BYTES, overflow: 'cut' })
          .then((answer) => {
            if (unreachable) {
              unreachable = false;
              report.reachable();
            }
            if (answer.status < 200 || answer.status > 299)
              throw refusal(answer, method, requests.origin, clock.now());
          }, noAnswer);
      },
      preview: (event) => curlLine(requests.origin, requests.make(event)),
      close: async () => client?.close(),
    };
  },
});
