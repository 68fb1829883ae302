import { afterEach, describe, expect, it } from 'vitest';
import type { ActionDefinition, FormatDefinition } from '../../../src/contract/define.ts';
import type { Event } from '../../../src/contract/event.ts';
import { loadConnector } from '../../../src/registry.ts';
import { Fact } from '../../engine/kit.ts';
import { KEYS, REGION } from '../../services/fauxqs.ts';
import { SqsBench } from '../../sources/sqs/kit.ts';
import { checked, partContext, temporaryHome } from '../../suites/parts.ts';

describe('from one queue to another', () => {
  const benches: SqsBench[] = [];
  const tidy: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const bench of benches) await bench.stop();
    for (const each of tidy.reverse()) await each();
  });

  async function bench(): Promise<SqsBench> {
    const started = await SqsBench.start();
    benches.push(started);
    return started;
  }

  async function cloudEvents() {
    const format = (await loadConnector('format', 'cloudevents')) as FormatDefinition;
    return format.create(checked(format, {}) as never);
  }

  /** Sends each event to the queue of `target`. */
  async function actionTo(target: SqsBench, config: object) {
    const home = await temporaryHome();
    const store = await home.openStore();
    const definition = (await loadConnector('action', 'sqs')) as ActionDefinition;
    const all = checked(definition, {
      queue_url: target.queue.url,
      endpoint: target.proxy.url,
      region: REGION,
      ...KEYS,
      ...config,
    });
    const action = await definition.create(all as never, partContext(store, 'action'));
    await action.open?.();
    tidy.push(
      () => home.remove(),
      () => store.close(),
      () => action.close(),
    );
    return action;
  }

  // Guard: sent in binary mode as it is, the base64 text arrives in place of the bytes, and nothing says so.
  it('bytes are the same bytes, in any mode of CloudEvents', async () => {
    const bytes = Uint8Array.from([0, 1, 254, 255]);
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'picture',
      datacontenttype: 'application/octet-stream',
      data_base64: Buffer.from(bytes).toString('base64'),
    };
    for (const mode of ['binary', 'structured']) {
      const [from, to] = [await bench(), await bench()];
      const action = await actionTo(to, { mode });
      const format = await cloudEvents();
      await from.queue.send([JSON.stringify(event)]);
      from.run(
        async (read, attempt) => {
          expect(await action.actBatch?.([read], attempt)).toEqual([undefined]);
        },
        { format },
      );
      const got = new Fact<Event>();
      to.run((read) => got.happen(read), { format });
      const { id, type, data, datacontenttype } = await got.happened;
      expect({ id, type, datacontenttype }).toEqual({
        id: '1',
        type: 'picture',
        datacontenttype: 'application/octet-stream',
      });
      expect(Uint8Array.from(data as Uint8Array)).toEqual(bytes);
    }
  });
});
