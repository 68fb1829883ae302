// @ts-check

/*
 * What can go wrong with a request. A fault applies to the requests of its `kind` (default: all) and topic, as often
 * as `times` says (default: until it is removed), and says what happens instead of an answer:
 *   status: 503, headers: {…}, body   that answer
 *   hang: true                        no answer, the connection stays open
 *   close: true                       the connection is closed in the middle of the answer
 *   unanswered: true                  it is done, and the answer never comes
 *   malformed: true                   status 200 and half a page
 */

/**
 * False: a fault has taken the request.
 * @param {import('./server.mjs').Fault[]} faults
 * @param {'poll' | 'load' | 'save'} kind
 * @param {string | null} topic
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export function mayAct(faults, kind, topic, request, response) {
  const at = faults.findIndex(
    (fault) => (fault.kind ?? kind) === kind && (fault.topic === undefined || fault.topic === topic),
  );
  const fault = faults[at];
  if (fault === undefined) return true;
  if (fault.times !== undefined) {
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(at, 1);
  }
  if (fault.hang === true) return false;
  if (fault.unanswered === true) {
    response.writeHead = () => response;
    response.end = () => response;
    return true;
  }
  if (fault.close === true) {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"offsetId":"eyJ');
    setImmediate(() => request.socket.destroy());
    return false;
  }
  if (fault.malformed === true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"offsetId":"eyJ');
    return false;
  }
  response.writeHead(fault.status ?? 500, fault.headers ?? {});
  response.end(fault.body ?? '');
  return false;
}
