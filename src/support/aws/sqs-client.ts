import { EvrunError } from '../../contract/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/http-client.ts';
import { AwsClient, type AwsOptions, type Operation } from './client.ts';
import { type HashedBody, hashed } from './sigv4.ts';

import type {
  DeleteEntry,
  FailedEntry,
  Receive,
  ReceiveOptions,
  SendEntry,
  SqsMessage,
  VisibilityEntry,
} from './sqs-types.ts';
/*
 * Amazon SQS by its JSON protocol, as far as evrun needs it. One instance speaks to one queue. Batches hold at most
 * ten entries: the callers see to that.
 */

export const MOST_ENTRIES = 10;

/** Which attributes of the queue's own a receive asks for. */
const SYSTEM_ATTRIBUTES = [
  'ApproximateReceiveCount',
  'SentTimestamp',
  'MessageGroupId',
  'MessageDeduplicationId',
  'SequenceNumber',
];

export class SqsClient {
  /** As it stands in requests. */
  readonly queueUrl: string;
  private readonly aws: AwsClient;
  private readonly about: string;
  private readonly operations = new Map<string, Operation>();

  private constructor(aws: AwsClient, queueUrl: string) {
    this.aws = aws;
    this.queueUrl = queueUrl;
    this.about = `the queue ${queueUrl}`;
  }

  /** Connects, and asks for the queue's URL where only its name is given. Throws EvrunError. */
  static async open(
    options: Omit<AwsOptions, 'service' | 'address'>,
    queue: { readonly url?: string | undefined; readonly name?: string | undefined },
  ): Promise<SqsClient> {
    const aws = await AwsClient.open({ ...options, service: 'sqs', address: { url: queue.url } });
    try {
      return new SqsClient(aws, queue.url ?? (await urlOf(aws, queue.name ?? '')));
    } catch (error) {
      await aws.close();
      throw error;
    }
  }

  get region(): string {
    return this.aws.region;
  }

  get isFifo(): boolean {
    return this.queueUrl.endsWith('.fifo');
  }

  /** Receives with these options. Where no attempt has an id all requests are the same, and are made once. */
  receiver(options: ReceiveOptions): Receive {
    const parameters = {
      QueueUrl: this.queueUrl,
      MaxNumberOfMessages: options.max,
      WaitTimeSeconds: options.waitSeconds,
      VisibilityTimeout: options.visibilitySeconds,
      AttributeNames: SYSTEM_ATTRIBUTES,
      MessageSystemAttributeNames: SYSTEM_ATTRIBUTES,
      MessageAttributeNames: options.messageAttributes,
    };
    const same = hashed(JSON.stringify(parameters));
    return async (attemptId, signal) => {
      const body =
        attemptId === undefined
          ? same
          : JSON.stringify({ ...parameters, ReceiveRequestAttemptId: attemptId });
      const answer = await this.request('ReceiveMessage', body, signal);
      return (answer['Messages'] as readonly SqsMessage[] | undefined) ?? [];
    };
  }

  /** Returns what could not be deleted. */
  async delete(entries: readonly DeleteEntry[]): Promise<readonly FailedEntry[]> {
    return failedOf(await this.call('DeleteMessageBatch', { Entries: entries }));
  }

  /** Returns what could not be changed. */
  async changeVisibility(entries: readonly VisibilityEntry[]): Promise<readonly FailedEntry[]> {
    return failedOf(await this.call('ChangeMessageVisibilityBatch', { Entries: entries }));
  }

  /** Returns what was not taken. */
  async send(entries: readonly SendEntry[], signal?: HttpRequest['signal']): Promise<readonly FailedEntry[]> {
    return failedOf(await this.call('SendMessageBatch', { Entries: entries }, signal));
  }

  /** Attributes of the queue by name; numbers are text. */
  async attributes(
    names: readonly string[],
    signal?: HttpRequest['signal'],
  ): Promise<Readonly<Record<string, string>>> {
    const answer = await this.call('GetQueueAttributes', { AttributeNames: names }, signal);
    return (answer['Attributes'] as Readonly<Record<string, string>> | undefined) ?? {};
  }

  private call(operation: string, parameters: object, signal?: HttpRequest['signal']): Promise<Answer> {
    return this.request(operation, JSON.stringify({ QueueUrl: this.queueUrl, ...parameters }), signal);
  }

  private async request(
    name: string,
    body: string | HashedBody,
    signal?: HttpRequest['signal'],
  ): Promise<Answer> {
    let operation = this.operations.get(name);
    if (operation === undefined) {
      operation = operationOf(this.aws, name, this.about);
      this.operations.set(name, operation);
    }
    return answerIn(await this.aws.call(operation, body, signal), name, this.aws.host);
  }

  async close(): Promise<void> {
    await this.aws.close();
  }
}

type Answer = Readonly<Record<string, unknown>>;

/** What IAM calls an operation, where it is not called the same. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  SendMessageBatch: 'SendMessage',
};

function operationOf(aws: AwsClient, name: string, about: string): Operation {
  return aws.operation({
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${name}` },
    permission: `sqs:${PERMISSIONS[name] ?? name}`,
    about,
  });
}

function answerIn({ body }: HttpResponse, operation: string, host: string): Answer {
  try {
    const answer: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (typeof answer === 'object' && answer !== null) return answer as Answer;
  } catch {
    // told below
  }
  const message = `${host} answered ${operation} with something that is not JSON: is it an SQS server?`;
  throw new EvrunError('EVR_UNREACHABLE', message, { retry: 'later' });
}

function failedOf(answer: Answer): readonly FailedEntry[] {
  return (answer['Failed'] as readonly FailedEntry[] | undefined) ?? [];
}

async function urlOf(aws: AwsClient, name: string): Promise<string> {
  const operation = operationOf(aws, 'GetQueueUrl', `the queue "${name}"`);
  const response = await aws.call(operation, JSON.stringify({ QueueName: name }));
  const { QueueUrl } = answerIn(response, 'GetQueueUrl', aws.host);
  if (typeof QueueUrl === 'string' && QueueUrl !== '') return QueueUrl;
  throw new EvrunError('EVR_UNREACHABLE', `${aws.host} answered without the URL of the queue "${name}"`, {
    retry: 'later',
  });
}
