import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../src/contract/envelope.ts';
import type { CompiledFilter, FilterPattern } from '../../src/contract/prefilter.ts';
import definition from '../../src/formats/datahub/index.ts';
import { matches } from '../../src/support/expressions/match.ts';
import { createPrefilter } from '../../src/support/lines/prefilter.ts';

type Shape = 'auto' | 'envelope' | 'poll';

function formatOf(shape: Shape) {
  return definition.create({ shape } as never);
}

function literals(filter: CompiledFilter, shape: Shape = 'auto') {
  return formatOf(shape).literals?.(filter);
}

const ECE = 'EntityChangeEvent_v1';
const MCL = 'MetadataChangeLogEvent_v1';

describe('the literals of a DataHub filter', () => {
  it('are the texts it asks for, also inside JSON in JSON', () => {
    const event = { category: 'TAG', aspect: { value: { executorId: 'default' } }, version: 5, gone: null };
    expect(literals([{ event }])).toEqual([['TAG', 'default']]);
  });

  it('say nothing about texts that JSON may spell in two ways', () => {
    expect(literals([{ event: { a: 'x/y', b: 'say "hi"', c: 'é', d: 'ab' } }])).toBeUndefined();
  });

  it('say nothing about fields that decoding fills in', () => {
    const runId = 'no-run-id-provided';
    const event = { systemMetadata: { runId, lastRunId: runId }, previousSystemMetadata: { runId } };
    expect(literals([{ event }])).toBeUndefined();
    expect(literals([{ event: { parameters: { runId: 'nightly' } } }])).toEqual([['nightly']]);
  });

  it('have alternatives for lists, and none where one element cannot be used', () => {
    expect(literals([{ event: { operation: ['ADD', 'REMOVE'], category: 'TAG' } }])).toEqual([
      ['TAG', 'ADD'],
      ['TAG', 'REMOVE'],
    ]);
    expect(literals([{ event: { operation: ['ADD', 5], category: [] } }])).toBeUndefined();
  });

  it('name a type as the poll API does, where it does', () => {
    expect(literals([{ types: [ECE] }])).toEqual([['ntityChangeEvent']]);
    expect(literals([{ types: [ECE] }], 'envelope')).toEqual([[ECE]]);
    expect(literals([{ types: [MCL] }], 'poll')).toEqual([['changeType']]);
    expect(literals([{ types: [MCL] }])).toEqual([[MCL], ['changeType']]);
  });

  it('say nothing at all once one pattern says nothing', () => {
    expect(literals([{ event: { category: 'TAG' } }, { event: { version: 0 } }])).toBeUndefined();
  });
});

/** Texts that are worth filtering for, some of which decoding fills in or JSON escapes. */
const TEXTS = [
  'TAG',
  'ADD',
  'dataset',
  'no-run-id-provided',
  'urn:li:tag:PII',
  'a/b',
  'é✓"\\',
  'ChangeEvent',
];
const text = fc.constantFrom(...TEXTS);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** JSON text with some characters written as escapes, as a server may do. */
function respelled(json: string, escaped: boolean): string {
  return escaped ? json.replace(/[A-Za-z](?=[A-Z])/, (c) => `\\u00${c.charCodeAt(0).toString(16)}`) : json;
}

const metadata = fc.record({
  runId: maybe(
    fc.oneof(
      text,
      text.map((string) => ({ string })),
    ),
  ),
});
const log = fc.record({
  entityType: text,
  changeType: text,
  aspectName: maybe(
    fc.oneof(
      text,
      text.map((string) => ({ string })),
    ),
  ),
  systemMetadata: maybe(metadata),
  previousSystemMetadata: maybe(metadata),
  aspect: maybe(
    fc
      .record({ category: text, deep: fc.record({ category: text }) })
      .map((value) => ({ value: JSON.stringify(value), contentType: 'x' })),
  ),
});
const change = fc.record({
  auditStamp: fc.constant({ actor: 'a', time: 1 }),
  entityUrn: text,
  entityType: text,
  category: text,
  operation: text,
  version: fc.constant(0),
  parameters: maybe(fc.dictionary(fc.constantFrom('runId', 'category'), text)),
});
const record = fc
  .tuple(
    fc.oneof(
      log.map((value) => JSON.stringify(value)),
      fc
        .tuple(change, fc.constantFrom('entityChangeEvent', 'otherEvent'))
        .map(([value, name]) =>
          JSON.stringify({ name, payload: { value: JSON.stringify(value), contentType: 'x' } }),
        ),
      fc
        .tuple(fc.oneof(log, change), fc.constantFrom(ECE, MCL, 'TAG'))
        .map(([event, event_type]) => JSON.stringify({ event_type, event })),
    ),
    fc.boolean(),
  )
  .map(([json, escaped]) => respelled(json, escaped));

const leaf = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constantFrom(null, 0, true));
const nested = fc.dictionary(
  fc.constantFrom('runId', 'lastRunId', 'category', 'value'),
  fc.oneof(leaf, fc.dictionary(fc.constantFrom('category'), leaf)),
);
const ofFilled = fc
  .tuple(fc.constantFrom('systemMetadata', 'previousSystemMetadata'), fc.constantFrom('runId', 'lastRunId'))
  .map(([member, field]) => ({ event: { [member]: { [field]: 'no-run-id-provided' } } }));
const anyPattern = fc.record({
  types: maybe(fc.array(fc.constantFrom(ECE, MCL, 'TAG'), { minLength: 1, maxLength: 2 })),
  event: maybe(
    fc.dictionary(
      fc.constantFrom(
        'category',
        'operation',
        'entityType',
        'changeType',
        'aspectName',
        'systemMetadata',
        'previousSystemMetadata',
        'parameters',
        'aspect',
      ),
      fc.oneof(leaf, nested),
      { maxKeys: 3 },
    ),
  ),
});

const pattern = fc.oneof({ arbitrary: anyPattern, weight: 9 }, { arbitrary: ofFilled, weight: 1 });

describe('the prefilter with the datahub format', () => {
  // Guard: without FILLED_TEXTS in literals.ts, or with the type itself as literal on the poll wire, this is red.
  it.each(['auto', 'envelope', 'poll'] as const)('never drops what the filter passes (shape %s)', (shape) => {
    const format = formatOf(shape);
    let passed = 0;
    let dropped = 0;
    fc.assert(
      fc.property(record, fc.array(pattern, { minLength: 1, maxLength: 3 }), (value, filter) => {
        const found = format.literals?.(filter);
        const prefilter = found === undefined ? undefined : createPrefilter([found]);
        let event: Envelope;
        try {
          const decoded = format.decode({ value, meta: {} });
          if ('ignored' in decoded) return;
          event = decoded as Envelope;
        } catch {
          return;
        }
        const passes = filter.some(
          ({ types, event: wanted }: FilterPattern) =>
            (types === undefined || types.some((type) => type === event.type)) &&
            (wanted === undefined || matches(wanted, event.data)),
        );
        if (passes) passed += 1;
        if (prefilter?.mayMatch(value) === false) {
          dropped += 1;
          expect(passes).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThan(0);
  });
});
