import fc from 'fast-check';
import { expect, it } from 'vitest';
import { find, type Probe, probesFor } from '../../src/support/lines/probe.ts';

it('a string is found where indexOf finds it, whatever part of it is searched', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'aab', 'urn:', 'X'), { maxLength: 30 })
    .map((all) => all.join(''));
  const literal = fc
    .array(fc.constantFrom('a', 'b', 'X', ':'), { minLength: 3, maxLength: 12 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, fc.oneof(literal, text), text, fc.nat(20), (haystack, needle, sample, from) => {
      if (needle.length < 3) return;
      const [probe] = probesFor([needle], sample);
      const whole = haystack + needle + haystack;
      expect(find(probe as Probe, whole, from)).toBe(whole.indexOf(needle, from));
    }),
    { numRuns: 3000 },
  );
});

it('the part that is searched begins with what is rare in the sample', () => {
  expect(probesFor(['urn:li:tag:Pii'], 'urn:li:tag:pii'.repeat(9))).toEqual([
    { literal: 'urn:li:tag:Pii', part: 'Pii', shift: 11 },
  ]);
  expect(probesFor(['ADD'], 'ADD')).toEqual([{ literal: 'ADD', part: 'ADD', shift: 0 }]);
});
