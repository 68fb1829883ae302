import { templateParts } from '../../support/expressions/template-parts.ts';

/** The text of a template that is the same for every event; undefined where it holds an expression. */
export function fixedText(template: string): string | undefined {
  const parts = templateParts(template);
  return 'message' in parts || parts.some(({ kind }) => kind === 'cel') ? undefined : template;
}

const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

/** What is wrong with the name of a topic; undefined = nothing. */
export function topicProblem(name: string): string | undefined {
  if (TOPIC.test(name) && name !== '.' && name !== '..') return undefined;
  return `${JSON.stringify(name.slice(0, 80))} is no name for a topic: letters, digits, ".", "_" and "-", at most 249`;
}
