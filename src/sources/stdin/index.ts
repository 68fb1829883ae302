import { defineSource } from '../../contract/define.ts';
import { StdinSource } from './source.ts';

const NO_TIME = 'lines have no time';

export default defineSource({
  name: 'stdin',
  summary: 'the lines of standard input, until it ends',
  guarantee:
    'At most once across restarts: what was read and not finished when the process dies is lost, because a pipe cannot be read again.',
  defaultFormat: 'json',
  defaultStart: 'earliest',
  ordered: true,
  resumable: false,
  sole: 'standard input',
  retries: 'engine',
  refuses: {
    latest: 'standard input has only what comes next',
    time: NO_TIME,
    until: NO_TIME,
    reset: 'standard input cannot be read again: write it to a file and use the file source',
  },
  schema: {
    type: 'object',
    properties: {
      max_line_bytes: {
        type: 'integer',
        minimum: 1,
        maximum: 268_435_456,
        default: 16_777_216,
        description: 'A longer line becomes a dead letter without its bytes, in bytes.',
      },
    },
  },
  create: (config, ctx) => new StdinSource(config, ctx),
});
