/**
 * A filter as literals can see it: an event passes only if it satisfies at least one of the patterns.
 * `types` undefined = any type; `event` follows the `filter` semantics of the recipe reference.
 */
export interface FilterPattern {
  readonly types?: readonly string[] | undefined;
  readonly event?: Readonly<Record<string, unknown>> | undefined;
}

export type CompiledFilter = readonly FilterPattern[];

/**
 * What the bytes of a matching record must contain: at least one alternative, and of that every string.
 * ASCII without `/`, `"`, backslash and control characters, so that JSON has one spelling for it but `\u`.
 */
export type Literals = readonly (readonly string[])[];

/**
 * Decides from text alone that a record cannot pass the leading filters. Any doubt means "may match":
 * a `\u` escape, a record that does not begin with `{` and end with `}`.
 */
export interface Prefilter {
  /** For one record by itself. */
  mayMatch(text: string): boolean;
  /** For many records in one text: asked with growing ranges, so that each literal is searched once. */
  over(text: string): RangePrefilter;
}

export interface RangePrefilter {
  /** Whether the record at `[start, end)` of the text may match. Ranges must not go back. */
  mayMatch(start: number, end: number): boolean;
}
