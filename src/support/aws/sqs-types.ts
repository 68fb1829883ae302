import type { HttpRequest } from '../http/http-client.ts';

/** What SQS's JSON protocol sends and answers, as far as evrun uses it. */

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** base64 */
  readonly BinaryValue?: string;
}

export interface SqsMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  /** SentTimestamp, ApproximateReceiveCount, MessageGroupId, …; all values are text. */
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
}

export interface ReceiveOptions {
  readonly max: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  readonly messageAttributes: readonly string[];
}

/** `attemptId`, for FIFO: a repeated request with the same id gets the messages of the first. */
export type Receive = (
  attemptId: string | undefined,
  signal?: HttpRequest['signal'],
) => Promise<readonly SqsMessage[]>;

export interface DeleteEntry {
  readonly Id: string;
  readonly ReceiptHandle: string;
}

export interface VisibilityEntry extends DeleteEntry {
  readonly VisibilityTimeout: number;
}

export interface SendEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly DelaySeconds?: number;
}

/** An entry of a batch that was not done. */
export interface FailedEntry {
  readonly Id: string;
  readonly Code: string;
  readonly Message?: string;
  /** True: trying again cannot help. */
  readonly SenderFault: boolean;
}
