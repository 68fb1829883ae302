/** Recipes: from YAML to what the engine runs. The front door of this folder. */
export type { CheckedRecipe } from './checked.ts';
export type { RunFlags } from './flags.ts';
export { type LoadedRecipes, type LoadSettings, loadRecipes } from './load.ts';
export { planOf } from './plan.ts';
export type { Problem } from './problem.ts';
export { renderProblem } from './render.ts';
export type { RunSettings } from './run-settings.ts';
export { recipeSchema } from './schema.ts';
export { SOURCE_KEYS } from './source-keys.ts';
