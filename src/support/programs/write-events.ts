import type { Result } from '../../contract/action.ts';
import { EvrunError, messageOf } from '../../contract/errors.ts';
import type { Event } from '../../contract/event.ts';

/**
 * Writes the events of a batch as one text, in their order. An event that cannot be spelled out fails for good;
 * those behind it are left alone, so that the order holds. A failing write fails every event: it throws.
 */
export async function writeEvents(
  events: readonly Event[],
  spell: (event: Event) => string,
  write: (text: string) => Promise<void>,
): Promise<readonly Result[]> {
  let text = '';
  let failed: EvrunError | undefined;
  const results = events.map((event): Result => {
    if (failed !== undefined) return { notTried: true };
    try {
      text += spell(event);
      return undefined;
    } catch (error) {
      failed = error instanceof EvrunError ? error : unwritable(error);
      return { failed };
    }
  });
  if (text !== '') await write(text);
  return results;
}

function unwritable(cause: unknown): EvrunError {
  return new EvrunError('EVR_ACTION', `the event cannot be written as JSON: ${messageOf(cause)}`, { cause });
}
