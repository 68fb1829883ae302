import type { ConfigProblem } from '../../contract/define.ts';
import { valueTemplateProblems } from '../expressions/template.ts';
import { type MessageConfig, MOST_ATTRIBUTES } from './outgoing.ts';

const NAME = /^(?!aws\.|amazon\.)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/i;

/** What every message has beside its body, by mode; an event's subject, time and extensions come on top. */
const ALWAYS: Readonly<Record<MessageConfig['mode'], readonly string[]>> = {
  structured: ['content-type', 'ce_id', 'ce_source', 'ce_type'],
  binary: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
  event: [],
  data: [],
};

/** Mistakes in the options that every message of `sqs` and `sns` has. `what`: `queue` or `topic`. */
export function messageProblems(
  config: MessageConfig,
  isFifo: boolean | undefined,
  what: string,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [...valueTemplateProblems(config.body, ['body'])];
  for (const name of Object.keys(config.attributes)) {
    if (NAME.test(name) && name.length <= 256) continue;
    const message = `${JSON.stringify(name)} cannot be the name of a message attribute`;
    problems.push({
      path: ['attributes', name],
      message,
      fix: 'Use letters, digits, `_`, `-` and single dots.',
    });
  }
  const tooMany = tooManyAttributes(config);
  if (tooMany !== undefined) problems.push(tooMany);
  for (const option of ['group_id', 'deduplication_id'] as const) {
    if (isFifo === false && config[option] !== undefined) {
      problems.push({
        path: [option],
        message: `it needs \`.fifo\` at the end of the ${what}'s name: the ${what} is no FIFO ${what}`,
      });
    }
  }
  return problems;
}

/** An empty text leaves its attribute out, also one of evrun's own. */
function tooManyAttributes({ attributes, body, mode }: MessageConfig): ConfigProblem | undefined {
  const own = Object.entries(attributes).filter(([, text]) => text !== '');
  const added = body === undefined ? ALWAYS[mode].filter((name) => !(name in attributes)) : [];
  const count = own.length + added.length;
  if (count <= MOST_ATTRIBUTES) return undefined;
  const ofMode = added.length === 0 ? '' : `, with the ${added.length} of mode ${mode} (${added.join(', ')})`;
  return {
    path: ['attributes'],
    message: `a message would have ${count} attributes${ofMode}; AWS takes ${MOST_ATTRIBUTES}`,
    fix:
      added.length === 0
        ? 'Leave some out.'
        : `Leave some out, also evrun's own: \`${added[0]}: ""\`; or choose another \`mode\`.`,
  };
}
