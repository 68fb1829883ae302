import { defineTransformer } from '../../contract/define.ts';
import type { Event } from '../../contract/event.ts';
import type { EventPath } from '../../support/events/path.ts';
import {
  changePath,
  eventPath,
  parseEventPath,
  REMOVABLE,
  readPath,
  WRITABLE,
} from '../../support/events/path-event.ts';

const FROM = { attributes: REMOVABLE, every: false };
const TO = { attributes: WRITABLE, every: false };

export default defineTransformer({
  name: 'rename',
  summary: 'moves values from one path of the event to another',
  schema: {
    type: 'object',
    properties: {
      paths: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description:
          'Old path → new path. What is not there is left alone; what stands at the new path is replaced.',
        examples: [{ 'data.user_id': 'data.user.id', 'data.order': 'subject' }],
      },
    },
    required: ['paths'],
  },
  check: ({ paths }) =>
    Object.entries(paths).flatMap(([from, to]) => {
      const problem = [parseEventPath(from, FROM), parseEventPath(to, TO)].find((path) => 'message' in path);
      const inside = to.startsWith(`${from}.`) || to.startsWith(`${from}[`);
      const message = problem?.message ?? (inside ? `${to} is inside of what is moved` : undefined);
      return message === undefined ? [] : [{ path: ['paths', from], message }];
    }),
  create: ({ paths }) => {
    const moves = Object.entries(paths).map(
      ([from, to]) => [eventPath(from, FROM), eventPath(to, TO)] as const,
    );
    return {
      pure: true,
      transform: (event) => moves.reduce((changed, [from, to]) => move(changed, from, to), event),
    };
  },
});

function move(event: Event, from: EventPath, to: EventPath): Event {
  const value = readPath(event, from);
  if (value === undefined || from.text === to.text) return event;
  return changePath(
    changePath(event, from, () => undefined, false),
    to,
    () => value,
    true,
  );
}
