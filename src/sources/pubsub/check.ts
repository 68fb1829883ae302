import type { ConfigProblem } from '../../contract/define.ts';
import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { nameProblems } from '../../support/google/names.ts';
import { connectionProblems } from '../../support/google/options.ts';
import type { PubSubConfig } from './schema.ts';
import type { Settings } from './settings.ts';

export function checkConfig(config: PubSubConfig): readonly ConfigProblem[] {
  const { subscription, project } = config;
  return [...nameProblems('subscription', subscription, project), ...connectionProblems(config, process.env)];
}

/** What the subscription itself says against being read like this. `settings` undefined: it may not be looked at. */
export function checkSettings(
  name: string,
  settings: Settings | undefined,
  { on_dead }: Pick<PubSubConfig, 'on_dead'>,
  log: Logger,
): void {
  if (settings === undefined) {
    log.info(
      `the account may not look at ${name} (pubsub.subscriptions.get), so its deadline is taken to be 10 s`,
    );
    return;
  }
  if (settings.detached) throw refused(`${name} is detached from its topic: no message will ever come`);
  if (settings.push) {
    throw refused(
      `${name} delivers by push, or writes elsewhere, so it cannot be pulled: create a pull subscription`,
    );
  }
  const attempts = settings.maxDeliveryAttempts;
  if (on_dead === 'leave' && attempts === undefined) {
    throw refused(
      `${name} has no dead letter policy: with \`on_dead: leave\` a message that fails would come again for ever. ` +
        'Add a policy to the subscription, or remove `on_dead`',
    );
  }
  if (attempts !== undefined) {
    log.info(`${name} forwards a message to its dead letter topic after ${attempts} deliveries`, {
      attempts,
    });
  }
}

function refused(message: string): EvrunError {
  return new EvrunError('EVR_RECIPE', message);
}
