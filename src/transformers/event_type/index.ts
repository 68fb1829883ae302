import { type ConfigProblem, defineTransformer } from '../../contract/define.ts';
import type { FilterPattern } from '../../contract/prefilter.ts';
import { compileMatcher, type Matcher } from '../../support/expressions/match.ts';

type Pattern = Readonly<Record<string, unknown>>;
type Spec = { readonly event?: readonly Pattern[] | null | undefined } | null;

export default defineTransformer({
  name: 'event_type',
  summary: 'passes events whose data satisfies one of the patterns given for their type',
  filter: true,
  schema: {
    type: 'object',
    properties: {
      filter: {
        type: 'object',
        description:
          'For each event type that may pass: null for all of its events, or `event`, a list of patterns of which one must be satisfied.',
        examples: [{ EntityChangeEvent_v1: { event: [{ category: 'TAG' }, { category: 'OWNER' }] } }],
      },
    },
    required: ['filter'],
  },
  check: ({ filter }) => Object.entries(filter).flatMap(([type, spec]) => specProblems(type, spec)),
  create: ({ filter }) => {
    const specs = Object.entries(filter) as [string, Spec][];
    const matchers = new Map(specs.map(([type, spec]) => [type, matcherOf(spec)]));
    return {
      pure: true,
      pattern: specs.flatMap(([type, spec]) => patternsOf(type, spec)),
      transform: (event) => (matchers.get(event.type)?.(event.data) ? event : null),
    };
  },
});

function matcherOf(spec: Spec): Matcher {
  const predicates = spec?.event?.map(compileMatcher);
  return predicates === undefined ? () => true : (data) => predicates.some((fits) => fits(data));
}

function patternsOf(type: string, spec: Spec): FilterPattern[] {
  return spec?.event?.map((event) => ({ types: [type], event })) ?? [{ types: [type] }];
}

function specProblems(type: string, spec: unknown): ConfigProblem[] {
  if (spec === null) return [];
  const path = ['filter', type];
  if (!isMap(spec)) return [{ path, message: 'expected null or a map with `event`', fix: 'event: [...]' }];
  const unknown = Object.keys(spec).filter((key) => key !== 'event');
  if (unknown.length > 0) {
    return unknown.map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}", only \`event\` may stand here`,
      fix: `event: [{ ${key}: … }]`,
    }));
  }
  const { event } = spec;
  if (event === undefined || event === null) return [];
  if (!Array.isArray(event)) {
    return [{ path: [...path, 'event'], message: 'expected a list of patterns', fix: 'put `- ` before it' }];
  }
  return event.flatMap((pattern, index) =>
    isMap(pattern) ? [] : [{ path: [...path, 'event', index], message: 'expected a pattern, a map' }],
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
