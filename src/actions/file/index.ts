import { defineAction } from '../../contract/define.ts';
import { writeEvents } from '../../support/programs/write-events.ts';
import type { Target } from './append-file.ts';
import { spelling } from './spelling.ts';
import { openTarget } from './target.ts';

export default defineAction({
  name: 'file',
  summary: 'Appends each event as a line to a file',
  guarantee: 'An event counts as done once its line is on disk: one fsync serves a whole batch.',
  writes: ({ path }) => [path],
  schema: {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        minLength: 1,
        description:
          'The file, relative to the working directory; its folder is made. `/dev/stdout`, devices and named pipes work, too.',
        examples: ['out/events.ndjson'],
      },
      format: {
        enum: ['envelope', 'cloudevents', 'data', 'text'],
        default: 'envelope',
        description:
          'What a line is: `{"event_type","event","meta"}`, a structured CloudEvent, the data as JSON, or text.',
      },
      line: {
        type: 'string',
        template: true,
        description: 'With `format: text`: the line, with `${{ CEL }}` in it. Default: the data as text.',
      },
      max_bytes: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description:
          'Renames the file before it grows beyond this many bytes and begins a new one; 0 = never.',
      },
      fsync: {
        type: 'boolean',
        default: true,
        description:
          'Waits until lines are on disk. Without it a power cut can lose events that count as done.',
      },
    },
    required: ['path'],
  },
  check: (config) =>
    config.line !== undefined && config.format !== 'text'
      ? [{ path: ['line'], message: '`line` needs `format: text`', fix: 'Add `format: text`.' }]
      : [],
  create(config, ctx) {
    const spell = spelling(config.format, config.line);
    let target: Target | undefined;
    return {
      batch: { maxEvents: 5000, maxBytes: 4 * 1024 * 1024, lingerMs: 0, keepsOrder: true },
      async open() {
        const { path, max_bytes: maxBytes, fsync, format } = config;
        const holdsJson = format !== 'text';
        if (!ctx.dryRun) target = await openTarget({ path, maxBytes, fsync, holdsJson, ...ctx });
      },
      async actBatch(events) {
        const { append } = target as Target;
        return writeEvents(events, spell, append);
      },
      preview: (event) => `${config.path} << ${spell(event).trimEnd()}`,
      reopen: async () => target?.reopen(),
      close: async () => target?.close(),
    };
  },
});
