import { describe, expect, it } from 'vitest';
import type { TransformerDefinition } from '../../src/contract/define.ts';
import { Envelope } from '../../src/contract/envelope.ts';
import type { DecodedEvent } from '../../src/contract/event.ts';
import type { TransformerHarness } from '../../src/contract/harness.ts';
import type { Transformed, Transformer } from '../../src/contract/transformer.ts';
import { deliveryOf } from '../engine/kit.ts';
import { type Connector, checked, partContext, temporaryHome } from './parts.ts';

const passage = () => ({
  delivery: {},
  signal: new AbortController().signal,
  onEnding: () => undefined,
  waitFor: <T>(promise: Promise<T>) => promise,
});

function arrive(event: DecodedEvent): Envelope {
  const made = Envelope.from(structuredClone(event));
  made.origin = deliveryOf({ value: 'x' }, 'p', 0);
  return made;
}

export function transformerSuite({
  name,
  definition,
  harness,
}: Connector<TransformerDefinition, TransformerHarness>): void {
  const withOne = async (
    config: Readonly<Record<string, unknown>>,
    use: (one: Transformer) => Promise<void>,
  ) => {
    const home = await temporaryHome();
    const store = await home.openStore();
    const one = await definition.create(checked(definition, config) as never, partContext(store, 'step'));
    try {
      await use(one);
    } finally {
      await one.close?.();
      await store.close();
      await home.remove();
    }
  };
  const pass = async (one: Transformer, event: Envelope): Promise<Transformed> =>
    one.transform(event, one.pure === true ? undefined : passage());

  describe(`transformer ${name}`, () => {
    for (const { name: what, config, event, out } of harness.cases) {
      it(what, () =>
        withOne(config, async (one) => {
          if (out === 'throws') {
            await expect(async () => pass(one, arrive(event))).rejects.toThrow();
            return;
          }
          const result = await pass(one, arrive(event));
          if (out === null) expect(result).toBeNull();
          else if (Array.isArray(out)) {
            expect(result).toHaveLength(out.length);
            out.forEach((part, i) => {
              expect((result as readonly DecodedEvent[])[i]).toMatchObject(part);
            });
          } else expect(result).toMatchObject(out);
        }),
      );
    }

    it('never changes the event that it is given', async () => {
      for (const { config, event } of harness.cases) {
        await withOne(config, async (one) => {
          const given = arrive(event);
          const before = JSON.stringify(given);
          await pass(one, given).catch(() => null);
          expect(JSON.stringify(given)).toBe(before);
          expect(given.data).toEqual(event.data);
        });
      }
    });

    it('is synchronous where it says that it is pure', async () => {
      for (const { config, event, out } of harness.cases) {
        await withOne(config, async (one) => {
          if (one.pure !== true || out === 'throws') return;
          expect(one.transform(arrive(event), undefined)).not.toBeInstanceOf(Promise);
        });
      }
    });
  });
}
