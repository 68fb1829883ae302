import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { AwsError, isDenied } from '../../support/aws/errors.ts';
import type { SqsClient } from '../../support/aws/sqs-client.ts';

/*
 * The queue's redrive policy counts receives, whoever makes them and whatever for: it decides how often a message can
 * be tried and looked at, and is the only end of a message that is left in its queue.
 */

/** `most`: after so many receives the queue moves a message away; undefined = it has no redrive policy. */
export type Redrive = { readonly most: number | undefined } | 'may not be asked';

/** Throws what every request throws, except that the account may not ask for attributes. */
export async function redriveOf(client: SqsClient, signal: AbortSignal): Promise<Redrive> {
  const name = 'RedrivePolicy';
  try {
    return { most: mostIn((await client.attributes([name], signal))[name]) };
  } catch (error) {
    // Servers that do not know the attribute are no reason not to read.
    if (error instanceof AwsError && (isDenied(error) || error.code === 'EVR_SOURCE'))
      return 'may not be asked';
    throw error;
  }
}

/** `{"deadLetterTargetArn":"arn:…","maxReceiveCount":"5"}` */
function mostIn(policy: string | undefined): number | undefined {
  if (!policy) return undefined;
  try {
    const { maxReceiveCount } = JSON.parse(policy) as { maxReceiveCount?: unknown };
    return Number(maxReceiveCount) > 0 ? Number(maxReceiveCount) : undefined;
  } catch {
    return undefined;
  }
}

export interface Reading {
  /** As messages call it: `the queue https://…`. */
  readonly queue: string;
  readonly isFifo: boolean;
  readonly onDead: 'delete' | 'leave';
  readonly retryCount: number;
  readonly dryRun: boolean;
}

/** Says what the policy means for a queue that is read like this. Throws EVR_RECIPE where no message would ever end. */
export function checkRedrive(redrive: Redrive, reading: Reading, log: Logger): void {
  const { queue, isFifo, onDead, retryCount, dryRun } = reading;
  const looks = dryRun ? costOfLooking(redrive, reading) : undefined;
  if (looks !== undefined)
    log.warn(`a dry run gives back what it shows, which SQS counts as a receive: ${looks}`);
  if (redrive === 'may not be asked') {
    const unknown = `the account may not look at the redrive policy of ${queue} (sqs:GetQueueAttributes)`;
    if (onDead === 'leave')
      log.warn(`${unknown}: without one, \`on_dead: leave\` leaves messages in it for ever`);
    else log.info(unknown);
    return;
  }
  const { most } = redrive;
  if (onDead === 'leave' && most === undefined) {
    throw new EvrunError(
      'EVR_RECIPE',
      `${queue} has no redrive policy: with \`on_dead: leave\` a message that fails would come again for ever. ` +
        'Give the queue a dead letter queue, or remove `on_dead`',
    );
  }
  // A FIFO queue's retries are made in place, and are no receives.
  if (isFifo || dryRun || most === undefined || most > retryCount) return;
  log.warn(
    `${queue} moves a message to its dead letter queue after ${most} receives (maxReceiveCount), before it was tried ` +
      `${retryCount + 1} times (retry_count ${retryCount}): set maxReceiveCount to ${retryCount + 1} or more, or ` +
      `retry_count below ${most}`,
  );
}

function costOfLooking(redrive: Redrive, { isFifo, retryCount }: Reading): string | undefined {
  const known = redrive !== 'may not be asked';
  if (known && redrive.most !== undefined) {
    return `after ${redrive.most} of them (maxReceiveCount) the queue moves a message to its dead letter queue`;
  }
  const policy = 'if the queue has a redrive policy, it counts there too';
  if (isFifo) return known ? undefined : policy;
  const attempts = `it is one of the ${retryCount + 1} that a message has before it is given up`;
  return known ? attempts : `${attempts}; ${policy}`;
}
