import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import { usableLiteral } from '../../support/lines/prefilter.ts';

/** A pattern with longer lists is said less exactly instead. */
const MOST_ALTERNATIVES = 16;

/**
 * Which strings stand in the text of every JSON record that passes `filter`. A pattern's strings must stand in
 * the data as they are, however deep, also inside JSON text in a JSON string: escaping leaves them alone.
 * Numbers, booleans and null have several spellings, or none, and say nothing.
 */
export function literalsOf(filter: CompiledFilter, type: string): Literals | undefined {
  const alternatives: (readonly string[])[] = [];
  for (const pattern of filter) {
    if (impossible(pattern, type)) continue;
    for (const words of wordsOf(pattern.event ?? {})) {
      if (words.length === 0) return undefined;
      alternatives.push(words);
    }
  }
  return alternatives;
}

function impossible({ types }: FilterPattern, type: string): boolean {
  return types !== undefined && !types.includes(type);
}

/** Alternatives of what must stand there: every string of one of them. `[[]]` = nothing is known. */
function wordsOf(pattern: unknown): readonly (readonly string[])[] {
  if (typeof pattern === 'string') return usableLiteral(pattern) ? [[pattern]] : [[]];
  if (Array.isArray(pattern)) return wordsOfList(pattern);
  if (typeof pattern !== 'object' || pattern === null) return [[]];
  let all: readonly (readonly string[])[] = [[]];
  for (const part of Object.values(pattern)) {
    const more = wordsOf(part);
    if (all.length * more.length > MOST_ALTERNATIVES) continue;
    all = all.flatMap((words) => more.map((further) => [...words, ...further]));
  }
  return all;
}

/** The value must be one of the list's strings; other elements match nothing. */
function wordsOfList(list: readonly unknown[]): readonly (readonly string[])[] {
  const strings = list.filter((element) => typeof element === 'string');
  return strings.every(usableLiteral) ? strings.map((word) => [word]) : [[]];
}
