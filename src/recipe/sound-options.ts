/**
 * What of a config can be checked further although its schema has something against a part of it. Which options a
 * check reads is its own affair: it gets a view that throws as it reads an unsound one, so that it never meets a value
 * of the wrong type, nor complains that one is missing which is there, misspelled.
 */
import { UnsoundOption } from '../contract/checks.ts';
import type { ConfigSchema } from '../contract/schema.ts';
import { nearest } from '../support/nearest.ts';
import type { SchemaProblem } from '../support/schema/json-schema.ts';

type Config = Readonly<Record<string, unknown>>;

/** The options that the problems concern. Undefined = the config as a whole: nothing in it can be read. */
export function unsoundOptions(
  schema: ConfigSchema,
  value: unknown,
  problems: readonly SchemaProblem[],
): ReadonlySet<string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const unsound = new Set<string>();
  for (const { path, unknownKey } of problems) {
    const [first] = path;
    if (first !== undefined) unsound.add(schema.properties[first]?.alias ?? String(first));
    else for (const name of absent(schema, value)) unsound.add(name);
    // Most likely what was meant.
    const meant = path.length === 1 && unknownKey && nearest(unknownKey.name, unknownKey.known);
    if (meant) unsound.add(meant);
  }
  return unsound;
}

/** What is required and missing; of several of which one is to be given, all. */
function absent(schema: ConfigSchema, value: object): readonly string[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  return [...missing, ...(schema.oneOf ?? []).flatMap(({ required }) => required ?? [])];
}

/** `config` without the unsound options: whoever reads one ends with UnsoundOption. */
export function soundOptions(config: Config, unsound: ReadonlySet<string>): Config {
  if (unsound.size === 0) return config;
  const look = (key: string | symbol): void => {
    if (typeof key === 'string' && unsound.has(key)) throw new UnsoundOption();
  };
  return new Proxy(config, {
    get(target, key) {
      look(key);
      return Reflect.get(target, key) as unknown;
    },
    has(target, key) {
      look(key);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      look(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
}
