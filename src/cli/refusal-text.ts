import type { SourceDefinition } from '../contract/define.ts';

/**
 * What a source refuses, a line for each reason:
 * `Refuses another start, lookback_days, reset_offsets, --since and --reset-offsets: a queue cannot go back.`
 */
export function refusalLines({ refuses = {}, confirms }: SourceDefinition): readonly string[] {
  const { time, reset, until } = refuses;
  const byHand = confirms?.reset !== undefined;
  const refused: readonly (readonly [name: string, reason: string | undefined])[] = [
    ...starts(refuses),
    ['lookback_days', time],
    ['reset_offsets', reset],
    ['--since', byHand ? undefined : (reset ?? time)],
    ['--reset-offsets', byHand ? undefined : reset],
    ['--until', until],
  ];
  const reasons = new Map<string, string[]>();
  for (const [name, reason] of refused) {
    if (reason === undefined) continue;
    const names = reasons.get(reason);
    if (names === undefined) reasons.set(reason, [name]);
    else names.push(name);
  }
  return [...reasons].map(([reason, names]) => `Refuses ${listed(names)}: ${reason}.`);
}

/** One name where no choice is left, for one reason. */
function starts({ earliest, latest, time }: NonNullable<SourceDefinition['refuses']>) {
  const all = [
    ['start: earliest', earliest],
    ['start: latest', latest],
    ['an age or a time as start', time],
  ] as const;
  const refused = all.filter(([, reason]) => reason !== undefined);
  const sameReason = new Set(refused.map(([, reason]) => reason)).size === 1;
  if (refused.length < 2 || !sameReason) return all;
  return [[refused.length === all.length ? 'start' : 'another start', refused[0]?.[1]]] as const;
}

/** `a, b and c` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
