import { defineSource } from '../../contract/define.ts';
import { GenerateSource } from './source.ts';
import { templateProblem } from './template.ts';

export default defineSource({
  name: 'generate',
  summary: 'events made up from a template, for trying recipes and for load tests',
  guarantee: 'At least once: a position is a number, and every number gives the same event again.',
  defaultFormat: 'json',
  defaultStart: 'earliest',
  ordered: true,
  resumable: true,
  retries: 'engine',
  refuses: {
    latest: 'there is nothing that could be skipped',
    time: 'made-up events have no time',
    until: 'made-up events have no time: use count or --max-events',
  },
  schema: {
    type: 'object',
    properties: {
      count: {
        type: 'integer',
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 0,
        description: 'How many events in all, over all runs; 0 = without end.',
      },
      rate: {
        type: 'number',
        minimum: 0,
        maximum: 10_000_000,
        default: 0,
        description: 'Events per second; 0 = as fast as they are taken.',
      },
      template: {
        default: { n: '{n}' },
        description:
          "What each record holds: any JSON, in which `{n}` stands for the event's number, counted from 1. A string that is only `{n}` becomes a number. A template that is itself a string is the record's text as it is.",
        examples: [{ id: 'order-{n}', amount: '{n}' }, 'line {n}'],
      },
    },
  },
  check: ({ template }) => {
    const message = templateProblem(template);
    return message === undefined ? [] : [{ path: ['template'], message }];
  },
  create: (config, ctx) => new GenerateSource(config, ctx),
});
