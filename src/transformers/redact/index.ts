import { type ConfigProblem, defineTransformer } from '../../contract/define.ts';
import { changePath, eventPath, parseEventPath } from '../../support/events/path-event.ts';
import { redactKeys } from './keys.ts';
import { type Mode, replacement } from './replacement.ts';

const RULES = { attributes: ['data', 'subject', 'key', 'extensions'], every: true };

export default defineTransformer({
  name: 'redact',
  summary: 'masks, removes or hashes values at paths and under key names',
  schema: {
    type: 'object',
    properties: {
      paths: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Where the values stand. `[*]` stands for every element of a list.',
        examples: [['data.user.email', 'data.items[*].card', 'subject']],
      },
      keys: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description:
          'Names of keys whose values are redacted wherever they are in the data, in any letter case.',
        examples: [['password', 'email']],
      },
      mode: {
        enum: ['mask', 'remove', 'hash'],
        default: 'mask',
        description:
          'What becomes of a value: `mask` replaces it by `mask`, `remove` takes it away, `hash` replaces it by its SHA-256, so that equal values stay equal.',
      },
      mask: { type: 'string', default: '***', description: 'What `mask` puts in place of a value.' },
      salt: {
        type: 'string',
        minLength: 1,
        secret: true,
        description:
          'Key of the hash (HMAC). Without it, values that can be guessed (names, numbers) can be found by trying.',
      },
    },
  },
  check: ({ paths, keys, mode, salt }) => {
    const problems: ConfigProblem[] = paths.flatMap((text, index) => {
      const path = parseEventPath(text, RULES);
      return 'message' in path ? [{ path: ['paths', index], message: path.message, at: path.at }] : [];
    });
    if (paths.length + keys.length === 0) {
      problems.push({ path: [], message: 'nothing is redacted', fix: 'name `paths` or `keys`' });
    }
    if (salt !== undefined && mode !== 'hash') {
      problems.push({ path: ['salt'], message: 'salt is for mode: hash alone', severity: 'warning' });
    }
    return problems;
  },
  create: (config) => {
    const paths = config.paths.map((text) => eventPath(text, RULES));
    const everywhere = { text: 'data', attribute: 'data', rest: [] };
    const redact = replacement(config.mode as Mode, config.mask, config.salt);
    const keys = new Set(config.keys.map((key) => key.toLowerCase()));
    return {
      pure: true,
      transform: (event) => {
        let changed = event;
        for (const path of paths) changed = changePath(changed, path, redact, false);
        if (keys.size === 0) return changed;
        return changePath(changed, everywhere, (data) => redactKeys(data, keys, redact), false);
      },
    };
  },
});
