import { defineTransformer } from '../../contract/define.ts';
import { type EventChanges, withChanges } from '../../contract/envelope.ts';
import type { Event } from '../../contract/event.ts';
import { attributeText } from '../../support/events/path-event.ts';
import { compileCel } from '../../support/expressions/cel.ts';
import { compileShape, shapeProblems } from './shape.ts';

const ATTRIBUTES = ['type', 'key', 'subject', 'time'] as const;

export default defineTransformer({
  name: 'map',
  summary: 'makes a new event out of CEL expressions over the old one',
  schema: {
    type: 'object',
    properties: {
      data: {
        description:
          'The new data: any shape of maps and lists, in which every text is a CEL expression and every other value stands for itself. Default: the data as it is.',
        examples: [{ urn: 'event.data.entityUrn', kind: '"tag"', version: 2 }],
      },
      type: { type: 'string', cel: true, description: 'CEL for the new type. Default: as it is.' },
      key: {
        type: 'string',
        cel: true,
        description: 'CEL for the new key; null or an empty optional removes it. Default: as it is.',
      },
      subject: { type: 'string', cel: true, description: 'CEL for the new subject, likewise.' },
      time: { type: 'string', cel: true, description: 'CEL for the new time (RFC 3339), likewise.' },
    },
  },
  check: ({ data }) => shapeProblems(data, ['data']),
  create: (config) => {
    const shape = config.data === undefined ? undefined : compileShape(config.data);
    const attributes = ATTRIBUTES.flatMap((name) => {
      const text = config[name];
      return text === undefined ? [] : [{ name, read: compileCel(text) }];
    });
    return {
      pure: true,
      transform: (event) => {
        const changes: Record<string, unknown> = shape === undefined ? {} : dataChanges(shape(event));
        for (const { name, read } of attributes) {
          const value = read(event);
          // An event cannot be without a type: null and nothing are then errors.
          changes[name] = attributeText(name, name === 'type' ? (value ?? null) : (value ?? undefined));
        }
        return withChanges(event, changes as EventChanges);
      },
    };
  },
});

/** What described the old data does not describe the new. */
function dataChanges(
  data: unknown,
): Record<keyof Pick<Event, 'data' | 'datacontenttype' | 'dataschema'>, unknown> {
  return { data, datacontenttype: undefined, dataschema: undefined };
}
