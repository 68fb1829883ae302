import type { HttpRequest } from '../http/http-client.ts';
import { AwsClient, type AwsOptions, type Operation } from './client.ts';
import type { FailedEntry, MessageAttribute } from './sqs-types.ts';

/** Amazon SNS by its query protocol, as far as publishing to one topic needs it. */

export interface PublishEntry {
  readonly Id: string;
  readonly Message: string;
  readonly Subject?: string | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageAttributes: Readonly<Record<string, MessageAttribute>>;
}

/** The region in a topic's ARN; undefined: it is no ARN of a topic. */
export function regionOfTopic(arn: string): string | undefined {
  return /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/.exec(arn)?.[1];
}

export class SnsClient {
  private readonly aws: AwsClient;
  private readonly topicArn: string;

  private readonly publishing: Operation;

  private constructor(aws: AwsClient, topicArn: string) {
    this.aws = aws;
    this.topicArn = topicArn;
    this.publishing = aws.operation({
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      permission: 'sns:Publish',
      about: `the topic ${topicArn}`,
    });
  }

  static async open(options: Omit<AwsOptions, 'service' | 'address'>, topicArn: string): Promise<SnsClient> {
    const address = { region: regionOfTopic(topicArn) };
    return new SnsClient(await AwsClient.open({ ...options, service: 'sns', address }), topicArn);
  }

  /** At most ten. Returns what was not taken. */
  async publish(
    entries: readonly PublishEntry[],
    signal?: HttpRequest['signal'],
  ): Promise<readonly FailedEntry[]> {
    const form = new URLSearchParams({
      Action: 'PublishBatch',
      Version: '2010-03-31',
      TopicArn: this.topicArn,
    });
    entries.forEach((entry, i) => {
      addEntry(form, `PublishBatchRequestEntries.member.${i + 1}`, entry);
    });
    const { body } = await this.aws.call(this.publishing, form.toString(), signal);
    return failedIn(body.toString('utf8'));
  }

  async close(): Promise<void> {
    await this.aws.close();
  }
}

function addEntry(
  form: URLSearchParams,
  prefix: string,
  { MessageAttributes, ...texts }: PublishEntry,
): void {
  for (const [name, text] of Object.entries(texts))
    if (text !== undefined) form.set(`${prefix}.${name}`, text);
  Object.entries(MessageAttributes).forEach(([name, { DataType, StringValue = '' }], i) => {
    const attribute = `${prefix}.MessageAttributes.entry.${i + 1}`;
    form.set(`${attribute}.Name`, name);
    form.set(`${attribute}.Value.DataType`, DataType);
    form.set(`${attribute}.Value.StringValue`, StringValue);
  });
}

/** The entries under `<Failed>`. */
function failedIn(xml: string): FailedEntry[] {
  const failed = /<Failed>([\s\S]*?)<\/Failed>/.exec(xml)?.[1] ?? '';
  return [...failed.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, member = '']) => ({
    Id: textIn(member, 'Id'),
    Code: textIn(member, 'Code'),
    Message: textIn(member, 'Message'),
    SenderFault: textIn(member, 'SenderFault') === 'true',
  }));
}

function textIn(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  return text.replace(/&(lt|gt|quot|apos|amp|#\d+|#x[0-9a-f]+);/gi, (_, entity: string) =>
    characterOf(entity),
  );
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function characterOf(entity: string): string {
  const named = NAMED[entity.toLowerCase()];
  if (named !== undefined) return named;
  const code = entity[1] === 'x' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
