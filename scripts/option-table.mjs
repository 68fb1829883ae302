// A table of options from a schema: the same facts as `evrun connectors <name>` shows.

/** Options that must be given come first, options inside options follow them with their path. */
export function optionTable(schema) {
  const rows = rowsOf(schema, '');
  const table = rows.length === 0 ? 'No options.' : tableOf(['option', 'type', 'default', ''], rows);
  return schema.oneOf === undefined ? table : `${table}\n\n${choiceText(schema.oneOf)}`;
}

export function tableOf(head, rows) {
  const line = (cells) => `| ${cells.map(cellText).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Outside of code, `<` would begin HTML; `|` would end the cell anywhere. */
function cellText(text) {
  const parts = text
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .split('`');
  return parts.map((part, n) => (n % 2 === 0 ? part.replaceAll('<', '&lt;') : part)).join('`');
}

/** As the beginning of a sentence. */
export function capital(text) {
  return text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}`;
}

function rowsOf(schema, prefix) {
  const required = schema.required ?? [];
  const entries = Object.entries(schema.properties ?? {});
  const ordered = [
    ...entries.filter(([name]) => required.includes(name)),
    ...entries.filter(([name]) => !required.includes(name)),
  ];
  return ordered.flatMap(([name, option]) => [
    [
      `\`${prefix}${name}\``,
      typeText(option),
      defaultText(option, required.includes(name)),
      description(option),
    ],
    ...rowsOf(option, `${prefix}${name}.`),
    ...(option.items === undefined ? [] : rowsOf(option.items, `${prefix}${name}[].`)),
  ]);
}

function typeText(option) {
  if (option.enum !== undefined) return option.enum.map((value) => `\`${value}\``).join(', ');
  if (option.oneOf !== undefined) return [...new Set(option.oneOf.map(typeText))].join(' or ');
  const types = typeof option.type === 'string' ? [option.type] : (option.type ?? ['any']);
  return types.map((type) => nameOf(type, option)).join(' or ');
}

function nameOf(type, { items }) {
  if (type === 'object') return 'map';
  if (type !== 'array') return type;
  return items === undefined ? 'list' : `list of ${typeText(items)}`;
}

function defaultText(option, required) {
  if (required) return '**required**';
  return option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``;
}

function description(option) {
  if (option.alias !== undefined) return `Another name of \`${option.alias}\`.`;
  if (option.ignored !== undefined) return `Accepted, without effect: ${option.ignored}.`;
  const notes = [
    option.description ?? '',
    rangeText(option),
    option.secret ? 'Never shown in any output.' : '',
    option.cel && !option.description?.includes('CEL') ? 'A CEL expression.' : '',
    option.template && !option.description?.includes('${{') ? 'May hold `${{ CEL }}`.' : '',
    (option.examples ?? []).length > 0 ? `Example: \`${exampleText(option.examples[0])}\`` : '',
  ];
  return notes.filter((note) => note !== '').join(' ');
}

/** That a number cannot be negative goes without saying. */
function rangeText({ minimum, exclusiveMinimum, maximum }) {
  const low = minimum === undefined || minimum <= 1 ? undefined : `at least ${minimum}`;
  const above = exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`;
  const high = maximum === undefined ? undefined : `at most ${maximum}`;
  const facts = [low, above, high].filter((fact) => fact !== undefined);
  return facts.length === 0 ? '' : `${capital(facts.join(', '))}.`;
}

function exampleText(example) {
  return typeof example === 'string' ? example : JSON.stringify(example);
}

function choiceText(choices) {
  const texts = choices.map(({ required = [] }) => required.map((name) => `\`${name}\``).join(' and '));
  return `Exactly one of these must be given: ${texts.filter((text) => text !== '').join('; ')}.`;
}
