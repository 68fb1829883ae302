import { EvrunError } from '../contract/errors.ts';
import type { CheckedRecipe } from '../recipe/index.ts';
import type { Host } from './host.ts';
import type { RunCommandFlags } from './run-flags.ts';

/**
 * Some flags change what others see: to reset a shared subscription moves every consumer of it. A person at a
 * terminal is asked, once for each recipe; elsewhere `--yes` must say it. False: somebody said no. Throws EVR_USAGE
 * where nobody can be asked.
 */
export async function agreed(
  recipes: readonly Pick<CheckedRecipe, 'recipe' | 'parts'>[],
  flags: Pick<RunCommandFlags, 'since' | 'resetOffsets' | 'dryRun' | 'yes'>,
  host: Pick<Host, 'ask' | 'inIsTerminal' | 'errIsTerminal'>,
): Promise<boolean> {
  const asking =
    flags.since !== undefined ? '--since' : flags.resetOffsets === true ? '--reset-offsets' : undefined;
  if (asking === undefined || flags.yes === true || flags.dryRun === true) return true;
  for (const { recipe, parts } of recipes) {
    const effect = parts.source.definition.confirms?.reset;
    if (effect === undefined) continue;
    const what = `${asking} for ${recipe}: ${effect}`;
    if (!(host.inIsTerminal && host.errIsTerminal)) {
      throw new EvrunError('EVR_USAGE', `${what}. Add --yes if that is what you want`);
    }
    const answer = await host.ask(`${what}. Go on? [y/N] `);
    if (!/^\s*y(es)?\s*$/i.test(answer ?? '')) return false;
  }
  return true;
}
