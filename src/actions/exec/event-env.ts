import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt } from '../../contract/action.ts';
import type { Event } from '../../contract/event.ts';

export interface EventEnv {
  readonly variables: Readonly<Record<string, string>>;
  /** Removes the file, where there is one. */
  remove(): Promise<void>;
}

/** Linux takes no variable longer than this: its name, `=` and a NUL included. */
const LONGEST_VARIABLE_BYTES = 128 * 1024;

/** The variables that tell a program about its event: `EVRUN_EVENT`, or `EVRUN_EVENT_FILE` where it is too long. */
export async function eventEnv(event: Event, attempt: Attempt, line: string): Promise<EventEnv> {
  const variables = {
    EVRUN_EVENT_ID: event.id,
    EVRUN_EVENT_TYPE: event.type,
    EVRUN_ATTEMPT: String(attempt.number),
    EVRUN_IDEMPOTENCY_KEY: attempt.idempotencyKey(event),
  };
  if (Buffer.byteLength(line) + 'EVRUN_EVENT=\0'.length <= LONGEST_VARIABLE_BYTES) {
    return { variables: { ...variables, EVRUN_EVENT: line }, async remove() {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'evrun-event-'));
  const path = join(folder, 'event.json');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(path, `${line}\n`, { mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { variables: { ...variables, EVRUN_EVENT_FILE: path }, remove };
}
