import type { Action } from '../../contract/action.ts';
import type { ConfigProblem, RecipePlace } from '../../contract/define.ts';
import { defineAction } from '../../contract/define.ts';
import { templateParts } from '../../support/expressions/template-parts.ts';
import { eachAction } from './each.ts';
import { programProblem } from './program.ts';
import { type ExecConfig, schema } from './schema.ts';
import { workerAction } from './worker-action.ts';

export default defineAction({
  name: 'exec',
  summary: 'Runs a program for each event, or feeds events to one that keeps running',
  guarantee: 'An event counts as done once the program exited with 0, or acknowledged it.',
  schema,
  check,
  create: (config, ctx): Action =>
    config.mode === 'each' ? eachAction(config, ctx) : workerAction(config, ctx),
});

function check(config: ExecConfig, { dryRun }: RecipePlace): readonly ConfigProblem[] {
  const { command, mode } = config;
  const [program = ''] = command;
  const problems: ConfigProblem[] = [];
  if (program === '') problems.push({ path: ['command', 0], message: 'expected the name of a program' });
  command.forEach((text, i) => {
    if (text.includes('\0'))
      problems.push({ path: ['command', i], message: 'an argument cannot hold a NUL character' });
    if (!isTemplate(text)) return;
    if (i === 0) {
      const message = 'the program must stand in the recipe: an event must not choose what is run';
      problems.push({
        path: ['command', 0],
        message,
        fix: 'Name the program, and give it what varies as an argument.',
      });
    } else if (mode === 'worker') {
      const message = 'a worker is started once, before any event';
      problems.push({
        path: ['command', i],
        message,
        fix: 'The worker finds the event on its standard input.',
      });
    }
  });
  const missing = problems.length === 0 ? programProblem(config) : undefined;
  if (missing === undefined) return problems;
  // A dry run shows what would be run, also where it cannot be: on a laptop, without the program.
  return [dryRun === true ? { ...missing, severity: 'warning' } : missing];
}

function isTemplate(text: string): boolean {
  const parts = templateParts(text);
  return !('message' in parts) && parts.some(({ kind }) => kind === 'cel');
}
