import { PassThrough } from 'node:stream';
import type { SourceHarness } from '../../contract/harness.ts';

const AGAIN = 'standard input cannot be read again';

export const harness: SourceHarness = {
  kind: 'source',
  skips: {
    'hands over again what was not committed': AGAIN,
    'an event keeps its id when it is handed over again': AGAIN,
    'starts anew when the stored position is to be ignored, and only that once': AGAIN,
  },
  async start() {
    const input = new PassThrough({ highWaterMark: 64 * 1024 * 1024 });
    const before = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
    Object.defineProperty(process, 'stdin', { value: input, configurable: true });
    return {
      config: {},
      put: async (numbers) => void input.write(numbers.map((n) => `{"n":${n}}\n`).join('')),
      putPoison: async () => void input.write('{"n":\n'),
      readN: ({ data }) => (data as { n: number }).n,
      stop: async () => {
        Object.defineProperty(process, 'stdin', before);
        input.destroy();
      },
    };
  },
};
