/** What is wrong with an expression, and at which 0-based character. */
export interface CelProblem {
  readonly message: string;
  readonly at: number;
}
