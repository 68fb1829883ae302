import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does instead of passing a call on; undefined = passes it on. A text is sent as it is. */
export type Fault = (
  call: ProxiedCall,
) => { status: number; body?: object | string; headers?: object } | 'hang' | undefined;

export interface ProxiedCall {
  /** `pull`, `acknowledge`, `modifyAckDeadline`, `seek`, `publish`, or '' for a plain GET. */
  readonly method: string;
  /** JSON as it was sent. */
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}

export interface Handed {
  readonly data: string;
  readonly orderingKey: string | undefined;
}

export interface PubSubProxy {
  readonly url: string;
  /** Everything that came by, in order. */
  readonly calls: readonly ProxiedCall[];
  /** Every message that was handed out, in order; the emulator hands one out twice now and then. */
  readonly handed: readonly Handed[];
  fault: Fault | undefined;
  /** The emulator cannot seek to a time by REST: a seek becomes one to this snapshot. */
  snapshot: string | undefined;
  /** Nobody listens any more, connections are cut; and back. */
  breakDown(): Promise<void>;
  recover(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Stands in front of the emulator, records what is called, and fails as it is told. The emulator does not notice that
 * a waiting pull was aborted and hides the next message in it for a whole deadline; here what comes for an aborted
 * pull is given back at once.
 */
export async function startPubSubProxy(emulator: string): Promise<PubSubProxy> {
  const calls: ProxiedCall[] = [];
  const handed: Handed[] = [];
  const proxy: { fault: Fault | undefined; snapshot: string | undefined } = {
    fault: undefined,
    snapshot: undefined,
  };
  const hanging = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    let body: Buffer | string = Buffer.concat(chunks);
    const path = decodeURIComponent(request.url ?? '');
    const call: ProxiedCall = {
      method: /:(\w+)$/.exec(path)?.[1] ?? '',
      body: body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>),
      authorization: request.headers.authorization,
    };
    calls.push(call);
    const fault = proxy.fault?.(call);
    if (fault === 'hang') {
      hanging.add(response);
      return;
    }
    if (fault !== undefined) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {}));
      return;
    }
    if (call.method === 'seek' && proxy.snapshot !== undefined) {
      body = JSON.stringify({ snapshot: proxy.snapshot });
    }
    const answer = await fetch(`${emulator}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(body.length === 0 ? {} : { body }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (response.destroyed && call.method === 'pull') await giveBack(path, bytes);
    if (response.destroyed) return;
    if (call.method === 'pull') handed.push(...messagesIn(bytes));
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(bytes);
  }

  async function giveBack(path: string, bytes: Buffer): Promise<void> {
    const { receivedMessages = [] } = JSON.parse(bytes.toString()) as {
      receivedMessages?: { ackId: string }[];
    };
    if (receivedMessages.length === 0) return;
    await fetch(`${emulator}${path.replace(/:pull$/, ':modifyAckDeadline')}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ackIds: receivedMessages.map(({ ackId }) => ackId), ackDeadlineSeconds: 0 }),
    });
  }

  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const close = () => {
    const closed = new Promise<void>((done) => {
      if (server.listening) server.close(() => done());
      else done();
    });
    for (const response of hanging) response.destroy();
    server.closeAllConnections();
    return closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    calls,
    handed,
    breakDown: close,
    recover: () => listen(port),
    stop: close,
  });
}

function messagesIn(answer: Buffer): Handed[] {
  const { receivedMessages = [] } = JSON.parse(answer.toString()) as {
    receivedMessages?: { message: { data?: string; orderingKey?: string } }[];
  };
  return receivedMessages.map(({ message: { data = '', orderingKey } }) => {
    return { data: Buffer.from(data, 'base64').toString(), orderingKey };
  });
}
