import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizedName } from '../../src/support/files/names.ts';

test('a pipeline is filed as DataHub Actions files it', () => {
  expect(normalizedName('Tags: PII/EU')).toBe('tags__pii_eu');
  expect(normalizedName('my-pipeline_2')).toBe('my-pipeline_2');
  expect(normalizedName('Straße Ärger Ωμέγα 東京')).toBe('straße_ärger_ωμέγα_東京');
  expect(normalizedName('a🎉b')).toBe('a_b');
  expect(normalizedName('')).toBe('');
});

test('no name leaves its folder', () => {
  expect(normalizedName('../../etc/passwd')).toBe('______etc_passwd');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(normalizedName(name)).not.toMatch(/[./\\\0\s]/);
      expect(normalizedName(normalizedName(name))).toBe(normalizedName(name));
    }),
  );
});
