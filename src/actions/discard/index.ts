import { defineAction } from '../../contract/define.ts';

export default defineAction({
  name: 'discard',
  summary: 'Does nothing: for measuring, and for recipes whose transformers do the work',
  guarantee: 'Nothing is done, so nothing can be lost.',
  schema: { type: 'object', properties: {} },
  create: () => ({
    act() {},
    preview: () => 'discard',
    async close() {},
  }),
});
