import type { Fault, Place } from './tree.ts';

/** The sentence for a text that is no YAML: `code` and `message` are the parser's. */
export function syntaxFault(code: string, message: string, place: Place): Fault {
  const known = SENTENCES[code]?.(message);
  if (known !== undefined) return { place, ...known };
  return { place, message: `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}` };
}

type Sentence = Omit<Fault, 'place'>;

const QUOTES = 'Put the text in quotes.';

const SENTENCES: Readonly<Record<string, (message: string) => Sentence | undefined>> = {
  TAB_AS_INDENT: () => ({ message: 'a tab is used to indent', fix: 'Indent with spaces.' }),
  BLOCK_AS_IMPLICIT_KEY: (message) =>
    message.startsWith('Nested')
      ? { message: 'a second ": " in one line', fix: 'Put a text that holds ": " in quotes.' }
      : { message: 'this line is indented differently from the others of its list' },
  MULTILINE_IMPLICIT_KEY: () => ({
    message: 'expected "key: value" in one line',
    fix: 'Write a space after the colon, and check the indentation.',
  }),
  BAD_INDENT: (message) => {
    const open = /^Flow (sequence|map)/.exec(message)?.[1];
    if (open === undefined) return { message: 'wrong indentation: keys of one map begin in the same column' };
    return { message: open === 'map' ? 'a { is not closed by }' : 'a [ is not closed by ]' };
  },
  MISSING_CHAR: (message) => {
    if (message.includes('quote')) return { message: 'a quote is not closed' };
    return message.startsWith('Implicit map') ? { message: 'expected ": " after a key' } : undefined;
  },
  BAD_SCALAR_START: (message) => ({
    message: `a text without quotes cannot begin with ${message.trim().slice(-1)}`,
    fix: QUOTES,
  }),
  BAD_DQ_ESCAPE: (message) => ({
    message: `${message.replace('Invalid escape sequence ', '')} is no escape inside of double quotes`,
    fix: 'Write the backslash twice, or use single quotes.',
  }),
  RESOURCE_EXHAUSTION: () => ({ message: 'the recipe is nested too deeply' }),
  UNEXPECTED_TOKEN: (message) =>
    message.startsWith('Unexpected scalar at node end')
      ? { message: 'unexpected text after the end of a value', fix: 'Check quotes and indentation.' }
      : undefined,
};
