import type { ActionDefinition, SourceDefinition } from '../contract/define.ts';
import type { Config } from './config-check.ts';
import type { Draft } from './problem.ts';

interface Ends {
  readonly source: { readonly definition: SourceDefinition; readonly config: Config };
  readonly action: { readonly definition: ActionDefinition; readonly config: Config };
}

/** An action that writes where the source reads: a warning, for a filter may drop what comes back. */
export function loopProblems({ source, action }: Ends): Draft[] {
  const written = action.definition.writes?.(action.config as never) ?? [];
  const shared = written.find((place) => source.definition.reads?.(source.config as never, place));
  if (shared === undefined) return [];
  const message = `the action writes to ${shared}, which the source reads: what it writes comes back, without an end unless a filter drops it`;
  return [{ path: ['action', 'config'], message, fix: 'Write to another one.', severity: 'warning' }];
}
