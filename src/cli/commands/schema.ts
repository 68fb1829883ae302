import { recipeSchema } from '../../recipe/index.ts';
import type { Host } from '../host.ts';

/** `evrun schema`: the JSON Schema of a recipe, for editors. */
export async function schema(host: Host): Promise<number> {
  host.out(`${JSON.stringify(await recipeSchema(), null, 2)}\n`);
  return 0;
}
