// @ts-check
import { createServer } from 'node:http';
import { mayAct } from './faults.mjs';
import { Log } from './log.mjs';

/*
 * DataHub's HTTP interface as the source meets it: the events API, and the aspects in which positions are kept.
 * Topics are in memory, offset ids are Base64 of JSON as the real server makes them, and a poll takes its whole
 * time unless the limit is reached. `retention: 'acknowledged'` drops what the stored position has passed (storing
 * it too early then shows as a gap), `'all'` keeps everything (storing it too late shows as a repeat).
 *
 * Faults are switched on by `faults.add(...)`, see faults.mjs. As a program: `node main.mjs`, see there.
 */

const TOPICS = ['PlatformEvent_v1', 'MetadataChangeLog_Versioned_v1', 'MetadataChangeLog_Timeseries_v1'];
const ASPECT = 'com.linkedin.platformresource.PlatformResourceInfo';

/** @param {import('./server.mjs').PollApiOptions} [options] */
export async function startPollApi(options = {}) {
  const { port = 0, token, pollMs = 20, retention = 'all', echoState = false } = options;
  const log = new Log(TOPICS);
  /** @type {Map<string, any>} */
  const aspects = new Map();
  /** @type {import('./server.mjs').Fault[]} */
  const faults = [];
  const requests = { polls: 0, loads: 0, saves: 0, offsets: /** @type {string[]} */ ([]) };
  /** @type {import('./server.mjs').SeenPoll[]} */
  const polls = [];
  /** @type {any[]} */
  const proposals = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = url.pathname.replace(/^\/gms/, '');
    const kind = path === '/openapi/v1/events/poll' ? 'poll' : request.method === 'POST' ? 'save' : 'load';
    const body = kind === 'save' ? await bodyOf(request) : '';
    if (kind === 'poll') requests.polls += 1;
    else if (kind === 'save') requests.saves += 1;
    else requests.loads += 1;
    if (!mayAct(faults, kind, url.searchParams.get('topic'), request, response)) return;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return answer(response, 401, '');
    if (kind === 'poll') return poll(url.searchParams, request, response);
    if (kind === 'save') return save(JSON.parse(body), response);
    return load(decodeURIComponent(path.slice('/aspects/'.length)), response);
  });

  /** @param {URLSearchParams} query @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function poll(query, request, response) {
    const topic = query.get('topic') ?? '';
    if (!TOPICS.includes(topic)) return answer(response, 403, '');
    const limit = Math.min(Number(query.get('limit') ?? 100), 5000);
    const given = query.get('offsetId');
    const lookbackDays = query.get('lookbackWindowDays');
    polls.push({ topic, limit, offsetId: given, lookbackDays, headers: request.headers });
    if (polls.length > 10_000) polls.shift();
    const from = given === null ? log.begin(topic, Number(lookbackDays ?? 0)) : log.readOffset(topic, given);
    if (from === undefined) {
      return answer(response, 500, {
        errorMessage: `An unexpected error occurred: Failed to decode and parse offsetId: ${given}`,
      });
    }
    await untilThere(
      topic,
      from + limit,
      Math.min(Number(query.get('pollTimeoutSeconds') ?? 10) * 1000, pollMs),
    );
    const page = log.page(topic, from, limit);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': page.length });
    response.end(page);
  }

  /** @param {string} topic @param {number} end @param {number} ms */
  async function untilThere(topic, end, ms) {
    const deadline = performance.now() + ms;
    while (log.end(topic) < end) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          const done = () => {
            clearTimeout(timer);
            waiting.delete(done);
            resolve();
          };
          const timer = setTimeout(done, left);
          waiting.add(done);
        })
      );
    }
  }

  /** @param {string} urn @param {import('node:http').ServerResponse} response */
  function load(urn, response) {
    const aspect = aspects.get(urn);
    if (aspect === undefined) return answer(response, 404, '');
    answer(response, 200, { aspect: { [ASPECT]: aspect } });
  }

  /** @param {any} proposal @param {import('node:http').ServerResponse} response */
  function save({ proposal, async }, response) {
    const { entityUrn, entityType, aspectName, aspect, changeType } = proposal;
    if (async !== 'false' || entityType !== 'platformResource' || aspectName !== 'platformResourceInfo') {
      return answer(response, 400, { message: 'not the proposal of a position' });
    }
    const info = JSON.parse(aspect.value);
    aspects.set(entityUrn, info);
    proposals.push(proposal);
    const { offset_id } = JSON.parse(info.value.blob);
    requests.offsets.push(offset_id);
    if (retention === 'acknowledged') log.forgetBefore(offset_id);
    if (echoState) {
      const wrapped = {
        entityType,
        entityUrn: { string: entityUrn },
        changeType,
        aspectName: { string: aspectName },
      };
      put('MetadataChangeLog_Versioned_v1', [JSON.stringify(wrapped)]);
    }
    answer(response, 200, { value: entityUrn });
  }

  /** @param {string} topic @param {readonly string[]} values @param {number} [time] */
  function put(topic, values, time = Date.now()) {
    log.append(topic, values, time);
    for (const done of [...waiting]) done();
  }

  /** @param {number} at */
  const listen = (at) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(at, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      })
    );
  const hangUp = () =>
    /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        for (const done of [...waiting]) done();
        server.close(() => resolve());
        server.closeAllConnections();
      })
    );
  await listen(port);
  const bound = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    put,
    log,
    faults,
    requests,
    polls,
    aspects,
    proposals,
    /** Takes the server off its port, and puts it back on the same. */
    breakDown: hangUp,
    recover: () => listen(bound),
    close: async () => {
      if (server.listening) await hangUp();
    },
  };
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
