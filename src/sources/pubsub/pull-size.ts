import type { PulledMessage } from './message.ts';

const MOST_PER_PULL = 1_000;
/** Before anything is known of the messages' size. */
const FIRST_PULL = 100;
/** An answer stands in memory as a whole, several times over: pulls are sized so that it holds no more than this. */
const ANSWER_BYTES = 4 * 1024 * 1024;
/** Four characters for three bytes. */
const BASE64 = 4 / 3;
/** Of a message in an answer, besides its data. */
const OVERHEAD_BYTES = 200;

/** How many messages one pull may ask for: learnt from the size of those that came. */
export class PullSize {
  private averageBytes: number | undefined;
  private most = MOST_PER_PULL;

  get count(): number {
    if (this.averageBytes === undefined) return FIRST_PULL;
    const inAnswer = this.averageBytes * BASE64 + OVERHEAD_BYTES;
    const fit = Math.floor(ANSWER_BYTES / inAnswer);
    return Math.max(1, Math.min(this.most, fit));
  }

  /** Returns the bytes of their data. */
  learn(messages: readonly PulledMessage[]): number {
    let bytes = 0;
    for (const { data } of messages) bytes += data.length;
    const average = bytes / messages.length;
    this.averageBytes = this.averageBytes === undefined ? average : (this.averageBytes * 3 + average) / 4;
    return bytes;
  }

  atMost(count: number): number {
    return Math.min(count, this.most);
  }

  /** The answer to a pull of `count` was too large. False: one message alone is too large. */
  tooLarge(count: number): boolean {
    if (this.most === 1) return false;
    this.most = Math.max(1, Math.floor(Math.min(count, this.most) / 4));
    return true;
  }
}

/** A look whether there is anything need not bring much. */
export const PROBE_COUNT = FIRST_PULL;
