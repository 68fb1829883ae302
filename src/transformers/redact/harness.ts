import type { TransformerHarness } from '../../contract/harness.ts';

const event = {
  type: 'T',
  subject: 's',
  data: { user: { Email: 'a@b.c', name: 'n' }, items: [{ card: 1 }, { card: 2, x: 1 }] },
};

export const harness: TransformerHarness = {
  kind: 'transformer',
  cases: [
    {
      name: 'masks paths and keys',
      config: { paths: ['data.items[*].card', 'subject'], keys: ['email'] },
      event,
      out: {
        subject: '***',
        data: { user: { Email: '***', name: 'n' }, items: [{ card: '***' }, { card: '***', x: 1 }] },
      },
    },
    {
      name: 'removes',
      config: { paths: ['subject'], keys: ['CARD', 'user'], mode: 'remove' },
      event,
      out: { subject: undefined, data: { items: [{}, { x: 1 }] } },
    },
    {
      name: 'hashes',
      config: { paths: ['data'], mode: 'hash' },
      event: { type: 'T', data: 'abc' },
      out: { data: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    },
    {
      name: 'leaves what has none of it',
      config: { keys: ['card'] },
      event: { type: 'T', data: 7 },
      out: { data: 7 },
    },
  ],
};
