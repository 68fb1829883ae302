import { defineSource } from '../../contract/define.ts';
import { namesPath } from './paths.ts';
import { FileSource } from './source.ts';

export default defineSource({
  name: 'file',
  summary: 'the lines of files, once or as they grow; gzip and rotation understood',
  guarantee:
    'At least once: after a crash the lines that were not finished come again, at most the in-flight window plus one commit interval.',
  defaultFormat: 'json',
  defaultStart: 'earliest',
  ordered: true,
  resumable: true,
  retries: 'engine',
  refuses: {
    time: "a file's lines have no time: start `earliest` or `latest`",
    until: "a file's lines have no time to end at: use --max-events or --until-caught-up",
  },
  schema: {
    type: 'object',
    required: ['path'],
    properties: {
      path: {
        oneOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
        ],
        description:
          'File to read, or a pattern with `*`, `?`, `[…]` and `**`, or a list of them; relative to the working directory. Several files are read in natural order of their names.',
        examples: ['events.ndjson', ['logs/*.ndjson', 'old/**/*.ndjson.gz']],
      },
      follow: {
        type: 'boolean',
        default: false,
        description: 'Wait for more at the end, also through rotation, and pick up files that appear later.',
      },
      max_line_bytes: {
        type: 'integer',
        minimum: 1,
        maximum: 268_435_456,
        default: 16_777_216,
        description: 'A longer line becomes a dead letter without its bytes, in bytes.',
      },
      poll_interval_ms: {
        type: 'integer',
        minimum: 1,
        maximum: 3_600_000,
        default: 250,
        description: 'How often to look for more when following, in milliseconds.',
      },
    },
  },
  reads: ({ path }, place) => namesPath(path as string | readonly string[], place),
  create: (config, ctx) => new FileSource(config as ConstructorParameters<typeof FileSource>[0], ctx),
});
