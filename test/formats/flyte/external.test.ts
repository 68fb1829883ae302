import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/contract/errors.ts';
import { readMessage } from '../../../src/formats/flyte/message.ts';
import { messageType } from '../../../src/formats/flyte/message-types.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const oracle = new protobuf.Root();
oracle.resolvePath = (_, target) =>
  target.startsWith('google/') ? target : join(ROOT, 'node_modules/@flyteorg/flyteidl/protos', target);
oracle.loadSync('flyteidl/admin/event.proto');

const LITERAL = 'flyteidl.core.Literal';
const TASK = 'flyteidl.admin.TaskExecutionEventRequest';
const encode = (name: string, value: object) => {
  const type = oracle.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
};
const read = (name: string, value: object) => readMessage(messageType(name), encode(name, value));

/** A protobuf Struct of any JSON, in the shape that protobufjs takes. */
function protoValue(json: unknown): object {
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: { values: json.map(protoValue) } };
  return { structValue: structOf(json as object) };
}

function structOf(json: object) {
  return { fields: Object.fromEntries(Object.entries(json).map(([key, value]) => [key, protoValue(value)])) };
}

describe('a message of flyteidl', () => {
  it('is read by the descriptor that the package gives', () => {
    expect(() =>
      execFileSync(process.execPath, [join(ROOT, 'scripts/flyte-descriptor.mjs'), '--check'], {
        stdio: 'pipe',
      }),
    ).not.toThrow();
  });

  it('has JSON of any depth in its Structs', () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>);
    fc.assert(
      fc.property(json, (customInfo) => {
        fc.pre(!Object.hasOwn(customInfo, '__proto__') && !JSON.stringify(customInfo).includes('__proto__'));
        const event = { customInfo: structOf(customInfo), phase: 2 };
        expect(JSON.parse(JSON.stringify(read(TASK, { event })))).toEqual({
          event: { customInfo: JSON.parse(JSON.stringify(customInfo)), phase: 'RUNNING' },
        });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps every integer of 64 bits, every float and every text', () => {
    const primitive = (value: object) => {
      const { scalar } = read(LITERAL, { scalar: { primitive: value } }) as {
        scalar: { primitive: Record<string, unknown> };
      };
      return scalar.primitive;
    };
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
        expect(primitive({ integer: String(integer) })).toEqual({ integer: String(integer) });
      }),
    );
    fc.assert(
      fc.property(fc.double(), (floatValue) => {
        const shown = Number.isFinite(floatValue) ? floatValue : String(floatValue);
        expect(primitive({ floatValue })).toEqual({ floatValue: shown });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (stringValue) => {
        expect(primitive({ stringValue })).toEqual({ stringValue });
      }),
    );
    expect(primitive({ duration: { seconds: -3, nanos: -5_000_000 } })).toEqual({ duration: '-3.005s' });
    expect(primitive({ datetime: { seconds: -1, nanos: 1 } })).toEqual({
      datetime: '1969-12-31T23:59:59.000000001Z',
    });
    expect(read('flyteidl.core.ArrayNode', { minSuccessRatio: 0.1 })).toEqual({ minSuccessRatio: 0.1 });
  });

  it('leaves out what is zero, but not the member of a oneof, and keeps numbers without a name', () => {
    expect(read(TASK, { requestId: '', event: { retryAttempt: 0, phase: 0, inputUri: '' } })).toEqual({
      event: { inputUri: '' },
    });
    expect(read(TASK, { event: { phase: 77 } })).toEqual({ event: { phase: 77 } });
  });

  it('that comes in pieces is one, and of a oneof the last counts', () => {
    const [first, second] = [
      encode(TASK, { event: { taskId: { project: 'p' }, outputUri: 'o' } }),
      encode(TASK, { requestId: 'r', event: { taskId: { name: 'n' }, error: { code: 'c' } } }),
    ];
    expect(readMessage(messageType(TASK), Buffer.concat([first, second]))).toEqual({
      requestId: 'r',
      event: { taskId: { project: 'p', name: 'n' }, error: { code: 'c' } },
    });
  });

  it('passes over fields that it does not know, and refuses those of another type', () => {
    const unknown = Buffer.from([0xf8, 0x3f, 0x01, 0xfa, 0x3f, 0x01, 0x00, 0xfd, 0x3f, 0, 0, 0, 0]);
    const known = encode(TASK, { requestId: 'r' });
    expect(readMessage(messageType(TASK), Buffer.concat([unknown, known]))).toEqual({ requestId: 'r' });
    expect(() => readMessage(messageType(TASK), Buffer.from([0x08, 0x01]))).toThrow(DecodeError);
    expect(() => readMessage(messageType(TASK), Buffer.from([0x0a, 0x01, 0xff]))).toThrow(/torn, or another/);
  });

  it('that is nested without end is refused', () => {
    // Guard: without the bound the stack overflows, which is no DecodeError.
    let bytes = Buffer.alloc(0);
    for (let depth = 0; depth < 5_000; depth += 1) {
      const length: number[] = [];
      for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
        length.push((rest % 128) + (rest >= 128 ? 128 : 0));
        if (rest < 128) break;
      }
      bytes = Buffer.concat([Buffer.from([depth % 2 === 0 ? 0x0a : 0x12, ...length]), bytes]);
    }
    expect(() => readMessage(messageType(LITERAL), bytes)).toThrow(/nested more than 100 deep/);
  });
});
