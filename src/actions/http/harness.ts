import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActionHarness } from '../../contract/harness.ts';

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const ids: string[] = [];
    const failures: number[] = [];
    const hanging = new Set<ServerResponse>();
    let hang = false;
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      if (hang) {
        hang = false;
        hanging.add(response);
        return;
      }
      const status = failures.shift() ?? 204;
      if (status === 204) ids.push((JSON.parse(text) as { id: string }).id);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      config: { url: `http://127.0.0.1:${port}/events` },
      received: async () => ids,
      async failNext(n, how) {
        for (let i = 0; i < n; i += 1) failures.push(how === 'later' ? 503 : 422);
      },
      async hangNext() {
        hang = true;
      },
      async stop() {
        for (const response of hanging) response.destroy();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};
