import { afterEach, describe, expect, it } from 'vitest';
import type { Action, Attempt, Result } from '../../../src/contract/action.ts';
import type { ActionDefinition } from '../../../src/contract/define.ts';
import { Envelope } from '../../../src/contract/envelope.ts';
import type { Event } from '../../../src/contract/event.ts';
import type { ActionWorld } from '../../../src/contract/harness.ts';
import { loadConnector } from '../../../src/registry.ts';
import { checked, partContext, temporaryHome } from '../../suites/parts.ts';

const attempt: Attempt = {
  number: 1,
  signal: new AbortController().signal,
  idempotencyKey: (event) => `key-of-${event.id}`,
};

function eventOf(id: string, changes: Partial<Event> = {}): Event {
  const event = Object.assign(new Envelope('com.example.order', { n: id }), changes);
  event.id = id;
  event.source = '/shop';
  return event;
}

describe('the action sns', () => {
  let world: ActionWorld;
  let action: Action;
  let tidy: () => Promise<void>;
  afterEach(async () => {
    await action.close();
    await tidy();
    await world.stop();
  });

  async function open(config: object): Promise<void> {
    const { harness } = await import('../../../src/actions/sns/harness.ts');
    world = await harness.start();
    const home = await temporaryHome();
    const store = await home.openStore();
    tidy = async () => {
      await store.close();
      await home.remove();
    };
    const definition = (await loadConnector('action', 'sns')) as ActionDefinition;
    const all = checked(definition, { ...world.config, ...config });
    action = await definition.create(all as never, partContext(store, 'action'));
    await action.open?.();
  }

  const send = (...events: Event[]): Promise<readonly Result[]> =>
    action.actBatch?.(events, attempt) as Promise<readonly Result[]>;

  // Guard: with the subject asked for when the batch is sent, one event without it makes dead letters of all.
  it('lets no event without a subject take its neighbours along', async () => {
    await open({ subject: '${{ event.subject }}' });
    const [first, second, third] = await send(
      eventOf('1', { subject: 'one' }),
      eventOf('2'),
      eventOf('3', { subject: 'three' }),
    );
    expect(first).toBeUndefined();
    expect(third).toBeUndefined();
    expect((second as { failed: Error }).failed.message).toContain('event.subject');
    expect([...((await world.received?.()) ?? [])].sort()).toEqual(['1', '3']);
  });

  it('sends an event without a subject where the recipe says that it may have none', async () => {
    await open({ subject: '${{ event.?subject }}' });
    expect(await send(eventOf('1', { subject: 'one' }), eventOf('2'))).toEqual([undefined, undefined]);
    expect([...((await world.received?.()) ?? [])].sort()).toEqual(['1', '2']);
  });
});
