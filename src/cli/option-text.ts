import type { ConfigSchema, OptionSchema } from '../contract/schema.ts';

/** The options of a connector for people: required ones first, nested ones with their path. */
export function optionLines(schema: ConfigSchema): readonly string[] {
  const lines: string[] = [];
  addOptions(lines, '', schema.properties, schema.required ?? []);
  for (const { required } of schema.oneOf ?? []) {
    if (required.length > 0 && lines.length > 0 && !lines.includes(ONE_OF)) lines.push(ONE_OF);
    lines.push(`    ${required.join(' and ')}`);
  }
  return lines;
}

const ONE_OF = '  exactly one of these must be given:';

function addOptions(
  lines: string[],
  prefix: string,
  properties: Readonly<Record<string, OptionSchema>>,
  required: readonly string[],
): void {
  const names = Object.keys(properties);
  for (const name of [
    ...names.filter((each) => required.includes(each)),
    ...names.filter((each) => !required.includes(each)),
  ]) {
    const option = properties[name];
    if (option === undefined) continue;
    lines.push(`  ${prefix}${name}  (${facts(option, required.includes(name))})`);
    const text =
      option.alias !== undefined
        ? `Another name of ${option.alias}.`
        : (option.ignored ?? option.description);
    if (text !== undefined) lines.push(...wrapped(text, '      '));
    if (option.properties !== undefined) {
      addOptions(lines, `${prefix}${name}.`, option.properties, option.required ?? []);
    }
    if (option.items?.properties !== undefined) {
      addOptions(lines, `${prefix}${name}[].`, option.items.properties, option.items.required ?? []);
    }
  }
}

function facts(option: OptionSchema, required: boolean): string {
  const list = [typeText(option)];
  if (required) list.push('required');
  if (option.default !== undefined) list.push(`default ${JSON.stringify(option.default)}`);
  if (option.minimum !== undefined) list.push(`at least ${option.minimum}`);
  if (option.exclusiveMinimum !== undefined) list.push(`more than ${option.exclusiveMinimum}`);
  if (option.maximum !== undefined) list.push(`at most ${option.maximum}`);
  if (option.secret === true) list.push('secret');
  if (option.cel === true) list.push('CEL expression');
  if (option.template === true) list.push('may hold ${{ CEL }}');
  if (option.ignored !== undefined) list.push('without effect');
  return list.join(', ');
}

/** `string`, `integer or null`, `list of string`, `one of each, worker`. */
export function typeText(option: OptionSchema): string {
  if (option.enum !== undefined) return `one of ${option.enum.join(', ')}`;
  if (option.oneOf !== undefined) return unique(option.oneOf.map(typeText)).join(' or ');
  const types = typeof option.type === 'string' ? [option.type] : (option.type ?? ['any value']);
  return types
    .map((type) => {
      if (type !== 'array') return type === 'object' ? 'map' : type;
      return option.items === undefined ? 'list' : `list of ${typeText(option.items)}`;
    })
    .join(' or ');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** Lines of at most `columns` characters, each after `indent`; none for an empty text. */
export function wrapped(text: string, indent: string, columns = 100): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > columns && line !== indent) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return line === indent ? lines : [...lines, line];
}
