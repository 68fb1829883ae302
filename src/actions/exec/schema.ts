import type { ConfigOf, ConfigSchema } from '../../contract/schema.ts';

export const schema = {
  type: 'object',
  properties: {
    command: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', template: true },
      description:
        'The program and its arguments, run without a shell. Arguments may hold `${{ CEL }}` with `mode: each`, the program’s name may not.',
      examples: [['echo', '${{ event.type }}']],
    },
    mode: {
      enum: ['each', 'worker'],
      default: 'each',
      description:
        '`each` runs the program once per event; `worker` keeps one running and sends it a line per event.',
    },
    format: {
      enum: ['envelope', 'cloudevents', 'data'],
      default: 'envelope',
      description:
        'What the program reads from its standard input: `{"event_type","event","meta"}`, a structured CloudEvent, or the data as JSON.',
    },
    env: {
      type: 'object',
      additionalProperties: { type: 'string' },
      default: {},
      description: 'Environment variables to set beside those of evrun itself.',
    },
    cwd: { type: 'string', description: 'The folder to run it in. Default: the working directory.' },
    permanent_exit_codes: {
      type: 'array',
      items: { type: 'integer', minimum: 1, maximum: 255 },
      default: [],
      description: 'Exit codes that say that trying again cannot help: the event is a dead letter at once.',
    },
    stdout: {
      enum: ['show', 'discard'],
      default: 'show',
      description:
        'With `mode: each`: whether what the program prints goes to standard output once it has ended.',
    },
    max_output_bytes: {
      type: 'integer',
      minimum: 0,
      default: 1_048_576,
      description: 'The most bytes of a program’s output (of one answer, with `mode: worker`) to keep.',
    },
  },
  required: ['command'],
} as const satisfies ConfigSchema;

export type ExecConfig = ConfigOf<typeof schema>;
