/**
 * The folder name of a pipeline, by DataHub Actions' rule: lower case, everything but letters and digits of any
 * script, `_` and `-` becomes `_`. `Tags: PII/EU` → `tags__pii_eu`. Holds no separator and no dot, so it cannot
 * leave its folder. An empty name stays empty: DataHub then uses the parent folder itself.
 */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, '_');
}
