import type { Action, Attempt } from '../../src/contract/action.ts';
import { systemClock } from '../../src/contract/clock.ts';
import type { PartContext } from '../../src/contract/context.ts';
import type { ActionDefinition } from '../../src/contract/define.ts';
import { EvrunError } from '../../src/contract/errors.ts';
import type { LogFields, Logger } from '../../src/contract/log.ts';
import type { Store } from '../../src/contract/store.ts';
import { checked } from '../suites/parts.ts';

/** Remembers what was logged: `warn: sentence {"field":1}`. */
export class Said implements Logger {
  readonly lines: string[] = [];
  enabled = () => true;
  error = (sentence: string, fields?: LogFields) => this.say('error', sentence, fields);
  warn = (sentence: string, fields?: LogFields) => this.say('warn', sentence, fields);
  info = (sentence: string, fields?: LogFields) => this.say('info', sentence, fields);
  debug = (sentence: string, fields?: LogFields) => this.say('debug', sentence, fields);
  with = () => this;

  private say(level: string, sentence: string, fields: LogFields = {}): void {
    this.lines.push(`${level}: ${sentence} ${JSON.stringify(fields)}`);
  }
}

const noStore: Store = {
  get: () => undefined,
  keys: () => [],
  write: async () => {},
  scope: () => noStore,
};

export function context(changes: Partial<PartContext> = {}): PartContext {
  return {
    pipeline: 'test',
    recipeDir: '.',
    log: new Said(),
    clock: systemClock,
    store: noStore,
    dryRun: false,
    report: { unreachable: () => {}, reachable: () => {} },
    ...changes,
  };
}

/** The first attempt, unless told otherwise. */
export function attempt(number = 1, signal = new AbortController().signal): Attempt {
  return { number, signal, idempotencyKey: (event) => `key-of-${event.id}` };
}

/** The action that a recipe with this config would get. */
export async function actionOf(
  definition: ActionDefinition,
  config: Readonly<Record<string, unknown>>,
  ctx: PartContext = context(),
): Promise<Action> {
  return definition.create(checked(definition, config) as never, ctx);
}

/** What the recipe's loader would say against a config. */
export function problems(definition: ActionDefinition, config: Readonly<Record<string, unknown>>): string {
  try {
    checked(definition, config);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** The EvrunError that `work` fails with. */
export async function failureOf(work: () => unknown): Promise<EvrunError> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof EvrunError) return error;
    throw error;
  }
  throw new Error(`it did not fail, it gave ${JSON.stringify(result)}`);
}

/** Resolves once `holds` does. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
