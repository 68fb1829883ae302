import type { CompiledFilter, FilterPattern, Literals } from '../../contract/prefilter.ts';
import { stringsOf } from '../../support/lines/literals.ts';

/** Which strings stand in the text of every JSON record that passes `filter`: those its pattern asks of the data. */
export function literalsOf(filter: CompiledFilter, type: string): Literals | undefined {
  const alternatives: (readonly string[])[] = [];
  for (const pattern of filter) {
    if (impossible(pattern, type)) continue;
    for (const strings of stringsOf(pattern.event ?? {})) {
      if (strings.length === 0) return undefined;
      alternatives.push(strings);
    }
  }
  return alternatives;
}

function impossible({ types }: FilterPattern, type: string): boolean {
  return types !== undefined && !types.includes(type);
}
