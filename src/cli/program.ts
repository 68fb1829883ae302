import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { hintFor } from './hints.ts';
import type { Host } from './host.ts';
import type { RunCommandFlags } from './run-flags.ts';

/*
 * The command line: names, flags and help. What a command does is in its own file under commands/, loaded when it is
 * asked for, so that `--help` and `check` do not wait for the engine.
 */

/** Runs the command that `argv` names and tells its exit code; 2 for wrong usage. Throws what the command throws. */
export async function runProgram(argv: readonly string[], host: Host, version: string): Promise<number> {
  let exitCode = 0;
  const program = createProgram(host, version, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const hint = hintFor(argv);
    if (hint !== undefined && error.code === 'commander.unknownOption') host.err(`${hint}\n`);
    return 2;
  }
}

function createProgram(host: Host, version: string, done: (code: number) => void): Command {
  const program = new Command('evrun')
    .description('Consumes events, filters and transforms them, acts on each, and loses none.')
    .usage('<recipe...> [flags]\n       evrun <command> [flags]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: (text) => host.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'evrun: ')),
      getErrHelpWidth: () => host.size().columns,
    });

  const run = addRun(program, host, done);
  addCheck(program, host, done);
  addInit(program, host, done);
  addConnectors(program, host, done);
  program
    .command('schema')
    .description('print the JSON Schema of recipes, for editors')
    .action(async () => done(await (await import('./commands/schema.ts')).schema(host)));

  program.configureHelp({ visibleOptions: () => [...run.options, ...program.options] });
  program.addHelpText('after', EXAMPLES);
  return program;
}

function addRun(program: Command, host: Host, done: (code: number) => void): Command {
  const run = program
    .command('run [recipe...]', { isDefault: true })
    .description('run recipes until their events end or a signal comes (the default command)')
    .option(
      '-c, --config <recipe>',
      'a recipe, as DataHub Actions takes it; may be given several times',
      append,
    )
    .option('--since <when>', 'begin at earliest, latest, 7d ago or an RFC 3339 time, whatever is stored')
    .option('--until <time>', 'end each partition at the first record that is not older')
    .option('--reset-offsets', "forget the stored position and begin at the recipe's start")
    .option('--idle-timeout <duration>', 'end after this long without a new event, e.g. 30s')
    .option('--max-events <n>', 'end after n events were acted on or became dead letters', positiveInteger)
    .option('--until-caught-up', 'end once everything that is there now was worked on')
    .option('--dry-run', 'print what each action would do; change and commit nothing')
    .option('--state-dir <folder>', 'where positions are kept (default: $EVRUN_HOME or ./.evrun)')
    .addOption(choice('--log-level <level>', 'what is logged', ['error', 'warn', 'info', 'debug'], 'info'))
    .addOption(choice('--log-format <format>', 'how it is logged', ['text', 'json'], 'text'))
    .addOption(choice('--progress <when>', 'show a status line', ['auto', 'always', 'never'], 'auto'))
    .option('--admin <host:port>', 'serve /healthz, /readyz and /metrics there, e.g. 127.0.0.1:9100')
    .addOption(
      new Option('--admin-token <token>', 'ask for this bearer token; better given as the variable').env(
        'EVRUN_ADMIN_TOKEN',
      ),
    )
    .option('--strict', 'start nothing if any recipe has an error or a warning')
    .option('--yes', 'agree to what would be asked at a terminal: to move all consumers of a subscription')
    .action(async (recipes: string[], flags: RunCommandFlags) => {
      const files = [...(flags.config ?? []), ...recipes];
      if (files.length === 0) {
        program.outputHelp({ error: true });
        done(2);
        return;
      }
      const { run: execute } = await import('./commands/run.ts');
      done(await execute(files, flags, host));
    });
  return run;
}

function addCheck(program: Command, host: Host, done: (code: number) => void): void {
  program
    .command('check [recipe...]')
    .description('tell everything that is wrong with recipes, without running them')
    .option('-c, --config <recipe>', 'a recipe; may be given several times', append)
    .option('--json', 'print the result as JSON')
    .option('--strict', 'take warnings for errors')
    .action(
      async (recipes: string[], flags: { config?: string[]; json?: boolean; strict?: boolean }, command) => {
        const files = [...(flags.config ?? []), ...recipes];
        if (files.length === 0)
          command.error('error: expected a recipe: evrun check recipe.yml', { exitCode: 2 });
        const { check } = await import('./commands/check.ts');
        done(await check(files, { json: flags.json === true, strict: flags.strict === true }, host));
      },
    );
}

function addInit(program: Command, host: Host, done: (code: number) => void): void {
  program
    .command('init')
    .description('write a commented recipe for a source and an action')
    .option('--source <type>', 'see evrun connectors')
    .option('--action <type>', 'see evrun connectors')
    .option('-n, --name <name>', "the pipeline's name")
    .option('-o, --output <file>', 'where to write it (default: print it)')
    .option('--force', 'overwrite the file')
    .action(async (flags) => done(await (await import('./commands/init.ts')).init(flags, host)));
}

function addConnectors(program: Command, host: Host, done: (code: number) => void): void {
  program
    .command('connectors [name]')
    .description('list sources, formats, transformers and actions, or show the options of one')
    .option('--json', 'print as JSON')
    .action(async (name: string | undefined, flags: { json?: boolean }) =>
      done(await (await import('./commands/connectors.ts')).connectors(name, flags.json === true, host)),
    );
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function positiveInteger(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('Expected a whole number of 1 or more.');
  }
  return number;
}

function choice(flags: string, description: string, choices: readonly string[], standard: string): Option {
  return new Option(flags, description).choices(choices).default(standard);
}

const EXAMPLES = `
Examples:
  evrun recipe.yml                          run until a signal comes or the events end
  evrun run -c tags.yml -c owners.yml       several recipes in one process
  evrun tags.yml --since 7d --dry-run       show what would be done with the last seven days
  evrun tags.yml --until-caught-up          work on what is there, then end
  evrun check recipes/*.yml                 find mistakes before they run
  evrun init --source file --action http -o recipe.yml
  evrun connectors http                     the options of one connector
`;
