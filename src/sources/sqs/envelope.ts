import { EvrunError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/log.ts';
import { snsNotification } from '../../support/aws/sns-message.ts';
import type { SnsVerifier } from '../../support/aws/sns-signature.ts';
import type { Opened } from './delivery.ts';

/** Takes SNS's envelope off a body, or finds that it must not be taken for an event. */
export interface Opener {
  /** Throws `retry: later` where a signature cannot be checked now. */
  open(body: string): Opened | Promise<Opened>;
}

export function openerFor(
  sns: 'auto' | 'unwrap' | 'none',
  verifier: SnsVerifier | undefined,
  log: Logger,
): Opener {
  if (sns === 'none') return { open: (body) => ({ value: body }) };

  function refused(body: string, problem: string): Opened {
    log.warn(`a message was refused: ${problem}. It becomes a dead letter`);
    return { value: body, refused: new EvrunError('EVR_REFUSED', `the message was refused: ${problem}`) };
  }

  return {
    open(body) {
      const notification = snsNotification(body);
      if (notification === undefined) {
        if (sns === 'auto' && verifier === undefined) return { value: body };
        return refused(body, 'it did not come through SNS, as the recipe demands');
      }
      const opened = { value: notification.Message, sns: notification };
      if (verifier === undefined) return opened;
      return verifier
        .problemWith(notification)
        .then((problem) => (problem === undefined ? opened : refused(body, `${problem} (verify_sns)`)));
    },
  };
}
