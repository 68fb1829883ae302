import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * Stands between evrun and a server of AWS's kind, passes everything on, and does what a test asks for instead: an
 * error, silence, a changed answer. Keeps what it saw.
 */

export interface Seen {
  /** `ReceiveMessage`, `DeleteMessageBatch`, …; for SNS the value of `Action`. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds since the proxy began. */
  readonly at: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What to do instead of passing a request on; undefined = pass it on. */
export type Fault = (seen: Seen) => Answer | 'hang' | 'drop' | undefined;

export interface AwsProxy {
  readonly url: string;
  readonly seen: Seen[];
  /** Asked for each request, in order; the first that answers decides. */
  readonly faults: Fault[];
  /** Changes the answers of the server. */
  rewrite: ((seen: Seen, answer: Answer) => Answer) | undefined;
  /** Refuses connections until `recover`. */
  breakDown(): Promise<void>;
  recover(): Promise<void>;
  stop(): Promise<void>;
}

/** A refusal as SQS's JSON protocol spells it. */
export function refusal(code: string, message = 'injected', status = 400): Answer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }) };
}

export async function startAwsProxy(target: string): Promise<AwsProxy> {
  const { hostname, port } = new URL(target);
  const hanging = new Set<ServerResponse>();
  const began = performance.now();
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
    const { headers } = incoming;
    const action = new URLSearchParams(
      body.startsWith('Action=') || body.includes('&Action=') ? body : '',
    ).get('Action');
    const operation = String(headers['x-amz-target'] ?? action ?? '').replace('AmazonSQS.', '');
    const seen: Seen = { operation, headers, body, at: performance.now() - began };
    proxy.seen.push(seen);
    for (const fault of proxy.faults) {
      const instead = fault(seen);
      if (instead === undefined) continue;
      if (instead === 'drop') response.destroy();
      else if (instead === 'hang') hanging.add(response);
      else send(response, instead);
      return;
    }
    const passed = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers },
      async (answered) => {
        let text = '';
        for await (const chunk of answered.setEncoding('utf8')) text += chunk;
        const answer = { status: answered.statusCode ?? 0, headers: plain(answered.headers), body: text };
        send(response, proxy.rewrite?.(seen, answer) ?? answer);
      },
    );
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    passed.end(body);
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      for (const response of hanging) response.destroy();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  const proxy: AwsProxy = {
    url: `http://127.0.0.1:${own}`,
    seen: [],
    faults: [],
    rewrite: undefined,
    breakDown: close,
    recover: () => listen(own),
    stop: () => (server.listening ? close() : Promise.resolve()),
  };
  return proxy;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
