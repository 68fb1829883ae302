export interface Question {
  readonly id: string;
  /** One line of JSON, without its newline. */
  readonly line: string;
}

/** What became of a question. `lost`: the worker ended, and this event is not the one to blame. */
export type Reply = 'done' | 'lost' | { readonly failed: unknown };

/** Questions that were asked together. One promise for all of them: answers come by the hundred thousand. */
export class Chunk {
  private readonly questions: readonly Question[];
  private readonly replies: (Reply | undefined)[];
  private readonly complete: (replies: readonly Reply[]) => void;
  /** The oldest question without a reply. */
  private oldest = 0;
  /** How many have no reply yet. */
  left: number;

  constructor(questions: readonly Question[], complete: (replies: readonly Reply[]) => void) {
    this.questions = questions;
    this.replies = new Array<Reply | undefined>(questions.length).fill(undefined);
    this.complete = complete;
    this.left = questions.length;
  }

  /** Replies to the oldest question that is open, of those with this id where one is given. False = there is none. */
  reply(id: string | undefined, reply: Reply): boolean {
    for (let i = this.oldest; i < this.replies.length; i += 1) {
      if (this.replies[i] !== undefined || (id !== undefined && this.questions[i]?.id !== id)) continue;
      this.replies[i] = reply;
      this.left -= 1;
      while (this.replies[this.oldest] !== undefined) this.oldest += 1;
      if (this.left === 0) this.complete(this.replies as Reply[]);
      return true;
    }
    return false;
  }
}
