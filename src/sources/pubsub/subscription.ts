import type { PubSubClient } from '../../support/google/pubsub-client.ts';
import { Forbidden, InvalidRequest } from '../../support/google/pubsub-errors.ts';
import { type PulledMessage, readPull } from './message.ts';
import { Patience } from './patience.ts';
import { readSettings, type Settings } from './settings.ts';

/** Pub/Sub takes requests of 512 KiB here; ids have up to about 200 characters. */
const MOST_ID_BYTES = 400_000;
const MOST_IDS = 2_500;
const CONSUME = 'pubsub.subscriptions.consume';

/** The methods of one subscription. Throws EvrunError; see PubSubClient.call. */
export class Subscription {
  /** `projects/p/subscriptions/s` */
  readonly name: string;
  private readonly client: PubSubClient;
  private readonly patience = new Patience();

  constructor(name: string, client: PubSubClient) {
    this.name = name;
    this.client = client;
  }

  /** Undefined where the account may not look at it, which consuming does not need. Throws EVR_UNREACHABLE (may
   *  pass) also for an answer that is none. */
  async settings(signal: AbortSignal): Promise<Settings | undefined> {
    try {
      const body = await this.patience.with((timeoutMs) =>
        this.client.call({
          method: 'GET',
          path: this.name,
          doing: `show ${this.name}`,
          permission: 'pubsub.subscriptions.get',
          signal,
          timeoutMs,
        }),
      );
      return readSettings(body, this.client.host);
    } catch (error) {
      if (error instanceof Forbidden) return undefined;
      throw error;
    }
  }

  /** At most `max` messages. `wait`: up to minutes until there is one; else it answers at once. */
  async pull(max: number, wait: boolean, signal: AbortSignal): Promise<readonly PulledMessage[]> {
    const body = JSON.stringify(wait ? { maxMessages: max } : { maxMessages: max, returnImmediately: true });
    const pull = (timeoutMs?: number) => this.post('pull', body, 'hand out messages of', signal, timeoutMs);
    const answer = wait ? await pull() : await this.patience.with(pull);
    return readPull(answer, this.client.host);
  }

  /** Resolves to the ids that Pub/Sub no longer takes: their time was over. */
  acknowledge(ackIds: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
    return this.inPortions(ackIds, (ids) =>
      this.post('acknowledge', JSON.stringify({ ackIds: ids }), 'acknowledge messages of', signal),
    );
  }

  /** 0 seconds gives the messages back at once. Resolves as `acknowledge` does. */
  modifyDeadline(
    ackIds: readonly string[],
    seconds: number,
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    return this.inPortions(ackIds, (ids) => {
      const body = JSON.stringify({ ackIds: ids, ackDeadlineSeconds: seconds });
      return this.post('modifyAckDeadline', body, 'change deadlines of', signal);
    });
  }

  /** What was published from `time` on (milliseconds since 1970) counts as new, all before as done. */
  async seek(time: number, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ time: new Date(Math.max(0, time)).toISOString() });
    await this.patience.with((timeoutMs) => this.post('seek', body, 'seek', signal, timeoutMs));
  }

  private post(
    method: string,
    body: string,
    doing: string,
    signal: AbortSignal | undefined,
    timeoutMs?: number,
  ): Promise<Buffer> {
    const path = `${this.name}:${method}`;
    return this.client.call({
      method: 'POST',
      path,
      body,
      doing: `${doing} ${this.name}`,
      permission: CONSUME,
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  private async inPortions(
    ackIds: readonly string[],
    send: (ids: readonly string[]) => Promise<unknown>,
  ): Promise<readonly string[]> {
    const refused = await Promise.all(portions(ackIds).map((ids) => withoutInvalid(ids, send)));
    return refused.flat();
  }
}

/**
 * One id that is no longer valid lets Pub/Sub refuse the whole request, and the others with it: halves are sent
 * until it stands alone. Acknowledging twice is harmless.
 */
async function withoutInvalid(
  ids: readonly string[],
  send: (ids: readonly string[]) => Promise<unknown>,
): Promise<readonly string[]> {
  try {
    await send(ids);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    if (ids.length === 1) return ids;
    const middle = ids.length >> 1;
    const first = await withoutInvalid(ids.slice(0, middle), send);
    return [...first, ...(await withoutInvalid(ids.slice(middle), send))];
  }
}

function portions(ackIds: readonly string[]): (readonly string[])[] {
  const all: string[][] = [];
  let portion: string[] = [];
  let bytes = 0;
  for (const id of ackIds) {
    if (portion.length === MOST_IDS || (bytes + id.length > MOST_ID_BYTES && portion.length > 0)) {
      all.push(portion);
      portion = [];
      bytes = 0;
    }
    portion.push(id);
    bytes += id.length + 3;
  }
  if (portion.length > 0) all.push(portion);
  return all;
}
