import { EvrunError } from '../contract/errors.ts';
import type { PipelineParts } from '../contract/pipeline.ts';

/** Throws EVR_TIMEOUT when `work` takes longer than `ms`; the work itself cannot be ended. */
export async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EvrunError('EVR_TIMEOUT', `it took longer than ${ms / 1000} s`)), ms);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Closes everything, each part in bounded time, and goes on with the next one whatever happens. */
export async function closeParts(
  parts: PipelineParts,
  ms: number,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  const { source, sourceType, format, action, actionType, steps, deadLetters } = parts;
  const close = async (what: string, work: () => Promise<void>) => {
    try {
      await within(ms, work);
    } catch (error) {
      failed(what, error);
    }
  };
  await close(`close the ${sourceType} source`, () => source.close());
  await close(`close the ${actionType} action`, () => action.close());
  for (const { label, transformer } of steps) {
    await close(`close ${label}`, async () => transformer.close?.());
  }
  await close('close the format', async () => format.close?.());
  await close('close the dead letters', () => deadLetters.close());
  await close('release the state', () => parts.release());
}
