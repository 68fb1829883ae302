/** 36 characters each. */
const MOST = 10_000;

/**
 * Messages with a line in `failed_events.log` that were left in their queue, by id, so that they are not acted on and
 * written down again whenever the queue hands them out. The oldest are forgotten; another process does not know them.
 */
export class LeftMessages {
  private readonly ids = new Set<string>();

  add(messageId: string): void {
    this.ids.add(messageId);
    if (this.ids.size > MOST) this.ids.delete(this.ids.values().next().value as string);
  }

  /** Those of `messages` that were not left. */
  othersOf<T extends { readonly MessageId: string }>(messages: readonly T[]): readonly T[] {
    return this.ids.size === 0 ? messages : messages.filter(({ MessageId }) => !this.ids.has(MessageId));
  }
}
