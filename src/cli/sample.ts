import type { OptionSchema } from '../contract/schema.ts';

/** A value for a new recipe: an example, the default, or the simplest value that the schema takes. */
export function sampleOf(option: OptionSchema, name: string, given: boolean): unknown {
  if (option.secret === true && !given) return '${file:/run/secrets/' + name.replaceAll('_', '-') + '}';
  if (given && option.examples?.[0] !== undefined) return option.examples[0];
  if (option.default !== undefined) return option.default;
  if (option.examples?.[0] !== undefined) return option.examples[0];
  if (option.enum !== undefined) return option.enum[0];
  if (option.oneOf?.[0] !== undefined) return sampleOf(option.oneOf[0], name, given);
  const type = typeof option.type === 'string' ? option.type : option.type?.[0];
  switch (type) {
    case 'string':
      return option.format === 'uri' || name === 'url' ? 'https://example.org/' : `<${name}>`;
    case 'integer':
    case 'number':
      return option.minimum ?? (option.exclusiveMinimum === undefined ? 1 : option.exclusiveMinimum + 1);
    case 'boolean':
      return false;
    case 'array':
      return option.items === undefined ? [] : [sampleOf(option.items, name, given)];
    case 'object': {
      const properties = Object.keys(option.properties ?? {});
      const keys = option.required ?? (given ? [] : properties.slice(0, 1));
      return Object.fromEntries(
        keys.map((key) => [key, sampleOf(option.properties?.[key] ?? {}, key, given)]),
      );
    }
    default:
      return null;
  }
}
