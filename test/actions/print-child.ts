/*
 * Runs a printing action on `count` events, as a process of its own: its standard output is what is tested.
 * `<action> <config JSON> <count> [data JSON]`. Says on standard error how many were acted on, and what failed.
 */
import type { ActionDefinition } from '../../src/contract/define.ts';
import { EvrunError, messageOf } from '../../src/contract/errors.ts';
import { loadConnector } from '../../src/registry.ts';
import { eventOf } from '../support/events.ts';
import { attempt, context } from './kit.ts';

const [name = '', config = '{}', count = '1', data = '{}'] = process.argv.slice(2);
const definition = (await loadConnector('action', name)) as ActionDefinition;
const action = await definition.create(JSON.parse(config), context());
await action.open?.();
let acted = 0;
let failed = '';
const events = Array.from({ length: 100 }, (_, i) =>
  eventOf({ id: String(i), type: 'T', data: JSON.parse(data) }),
);
while (acted < Number(count) && failed === '') {
  const batch = events.slice(0, Number(count) - acted);
  try {
    const results = await action.actBatch?.(batch, attempt());
    if (results?.some((result) => result !== undefined)) failed = 'an event failed';
    acted += batch.length;
  } catch (error) {
    failed =
      error instanceof EvrunError ? `${error.code} fatal=${error.fatal} ${error.message}` : messageOf(error);
  }
}
await action.close();
process.stderr.write(`${JSON.stringify({ acted, failed })}\n`);
