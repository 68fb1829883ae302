import { expect, it } from 'vitest';
import { withArticle } from '../../src/support/article.ts';

it('the article fits the name of a type', () => {
  const nouns = ['EntityChangeEvent', 'AuditStamp', 'object', 'CloudEvent', 'string', 'UniqueKey'];
  expect(nouns.map(withArticle)).toEqual([
    'an EntityChangeEvent',
    'an AuditStamp',
    'an object',
    'a CloudEvent',
    'a string',
    'a UniqueKey',
  ]);
});
