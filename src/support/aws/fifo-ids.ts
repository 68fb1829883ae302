import type { Event } from '../../contract/event.ts';
import { compileTemplate } from '../expressions/template.ts';
import { type MessageConfig, refused } from './outgoing.ts';

/** What a message of a FIFO queue or topic needs beside its body. */
export interface FifoIds {
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

const ID = /^[\u0021-\u007e]{1,128}$/;

/** Group and deduplication id of an event. `sameOnRepeats`: the attempt's idempotency key. */
export function fifoIdsOf(config: MessageConfig): (event: Event, sameOnRepeats: () => string) => FifoIds {
  const group = config.group_id === undefined ? undefined : compileTemplate(config.group_id);
  const deduplication =
    config.deduplication_id === undefined ? undefined : compileTemplate(config.deduplication_id);
  return (event, sameOnRepeats) => ({
    MessageGroupId: checkedId('group_id', group?.(event) ?? fitting(event.key ?? event.id)),
    MessageDeduplicationId: checkedId('deduplication_id', deduplication?.(event) ?? sameOnRepeats()),
  });
}

/** A key that AWS would not take as it is: in base64url, cut. */
function fitting(key: string): string {
  if (ID.test(key)) return key;
  return Buffer.from(key).toString('base64url').slice(0, 128) || 'none';
}

function checkedId(option: string, id: string): string {
  if (ID.test(id)) return id;
  throw refused(
    `\`${option}\` gives ${JSON.stringify(id.slice(0, 60))}; expected 1 to 128 printable ASCII characters`,
  );
}
