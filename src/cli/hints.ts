/** What to write instead of what users of other tools type first. */
const FLAG_HINTS: Readonly<Record<string, string>> = {
  '--debug': 'Write --log-level debug.',
  '--no-debug': 'Write --log-level info.',
  '--verbose': 'Write --log-level debug.',
  '-v': 'Write --log-level debug, or --version.',
  '--quiet': 'Write --log-level error --progress never.',
  '--enable-monitoring': 'Write --admin 127.0.0.1:8000 to serve /metrics.',
  '--monitoring-port': 'Write --admin 127.0.0.1:8000 to serve /metrics.',
  '--lookback-days': 'Write --since 7d.',
  '-f': 'Write the recipe without a flag, or with -c.',
};

const COMMAND_HINTS: Readonly<Record<string, string>> = {
  actions: 'evrun run',
  start: 'evrun run',
  validate: 'evrun check',
  lint: 'evrun check',
  test: 'evrun check',
  list: 'evrun connectors',
  plugins: 'evrun connectors',
  version: 'evrun --version',
};

export const COMMANDS = ['run', 'check', 'init', 'connectors', 'schema', 'help'] as const;

export function hintFor(argv: readonly string[]): string | undefined {
  const flag = argv
    .map((word) => word.split('=', 1)[0] ?? '')
    .find((word) => Object.hasOwn(FLAG_HINTS, word));
  return flag === undefined ? undefined : FLAG_HINTS[flag];
}

/** For a word that stands where a recipe is expected and is no file: the command that was probably meant. */
export function commandHint(
  word: string,
  nearest: (word: string, names: readonly string[]) => string | undefined,
) {
  if (Object.hasOwn(COMMAND_HINTS, word)) return COMMAND_HINTS[word];
  if ((COMMANDS as readonly string[]).includes(word)) return `evrun ${word} …`;
  const near = nearest(word, COMMANDS);
  return near === undefined ? undefined : `evrun ${near}`;
}
