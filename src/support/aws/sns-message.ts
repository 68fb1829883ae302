/** What SNS wraps a message in when it delivers it to a queue or a URL. */
export interface SnsNotification {
  readonly Type: 'Notification';
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly Subject?: string;
  readonly SignatureVersion?: string;
  readonly Signature?: string;
  readonly SigningCertURL?: string;
  readonly MessageAttributes?: Readonly<
    Record<string, { readonly Type?: unknown; readonly Value?: unknown }>
  >;
}

/** The notification in a body; undefined: it is something else. Never throws. */
export function snsNotification(body: string): SnsNotification | undefined {
  // Most bodies of other senders are told apart without being parsed.
  if (!body.includes('"TopicArn"') || !body.includes('"Notification"')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  return isNotification(parsed) ? parsed : undefined;
}

const TEXTS = ['MessageId', 'TopicArn', 'Message', 'Timestamp'] as const;
const MAYBE_TEXTS = ['Subject', 'SignatureVersion', 'Signature', 'SigningCertURL'] as const;

function isNotification(json: unknown): json is SnsNotification {
  if (typeof json !== 'object' || json === null) return false;
  const members = json as Readonly<Record<string, unknown>>;
  if (members['Type'] !== 'Notification') return false;
  if (!TEXTS.every((name) => typeof members[name] === 'string')) return false;
  if (!MAYBE_TEXTS.every((name) => members[name] == null || typeof members[name] === 'string')) return false;
  const { MessageAttributes: attributes } = members;
  if (attributes == null) return true;
  if (typeof attributes !== 'object' || Array.isArray(attributes)) return false;
  return Object.values(attributes).every((attribute) => typeof attribute === 'object' && attribute !== null);
}
