import type { Action } from './action.ts';
import type { PartContext } from './context.ts';
import type { Format } from './format.ts';
import type { ConfigOf, ConfigSchema } from './schema.ts';
import type { Source, SourceContext } from './source.ts';
import type { Transformer } from './transformer.ts';

interface Definition<S extends ConfigSchema> {
  /** The recipe's `type:`; lower case, digits, `-` and `_`. */
  readonly name: string;
  /** One line for `evrun connectors`. */
  readonly summary: string;
  readonly schema: S;
  /** Options that a new recipe (`evrun init`) gives although they may be left out: what nearly every recipe says. */
  readonly suggested?: readonly string[];
  /** Mistakes that no schema can tell. Each names the key inside `config` (`headers.X-Id`, `expr`). */
  readonly check?: (config: ConfigOf<S>, place: RecipePlace) => readonly ConfigProblem[];
}

/** Where the recipe is that is being checked. */
export interface RecipePlace {
  /** Folder of the recipe file, see PartContext. */
  readonly recipeDir: string;
  /** `--dry-run`: what only acting needs may be missing. Default false. */
  readonly dryRun?: boolean;
}

export interface ConfigProblem {
  /** Path inside `config`: `['items', 0, 'name']`; empty = the whole. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to write instead. */
  readonly fix?: string;
  /** Character in the value where the problem is, for a caret inside an expression; 0-based. */
  readonly at?: number;
  readonly severity?: 'error' | 'warning';
}

/** What a source cannot do, each with the reason that the user is given when a recipe or flag asks for it. */
export interface SourceRefusals {
  /** `start: earliest` */ readonly earliest?: string;
  /** `start: latest` */ readonly latest?: string;
  /** `start: 7d`, RFC 3339, `lookback_days`, `--since` with a time */ readonly time?: string;
  /** `reset_offsets`, `--reset-offsets`, `--since` */ readonly reset?: string;
  /** `--until` */ readonly until?: string;
}

/**
 * What a recipe may not ask of a source, but a person may, once: each with what it does to others, as a clause that
 * the question and the error show. It takes the place of the refusal where the command line asks.
 */
export interface SourceConfirmations {
  /** `--reset-offsets`, `--since`. E.g. `it moves every consumer of the subscription orders`. */
  readonly reset?: string;
}

export interface SourceDefinition<S extends ConfigSchema = ConfigSchema> extends Definition<S> {
  readonly kind: 'source';
  /** The delivery guarantee in one sentence. */
  readonly guarantee: string;
  /** Format when the recipe names none. */
  readonly defaultFormat: string;
  /** Start when the recipe names none and nothing is stored. */
  readonly defaultStart: 'earliest' | 'latest';
  readonly refuses?: SourceRefusals;
  readonly confirms?: SourceConfirmations;
  /** True: events without a key keep their partition's order. */
  readonly ordered: boolean;
  /** False: positions cannot be stored (stdin); said at the start. */
  readonly resumable: boolean;
  /** True: several processes may share its records (a consumer group, a queue), each with its own state. */
  readonly shared?: boolean;
  /** What only one pipeline of a process can read, as a noun: `standard input`. */
  readonly sole?: string;
  /** Where positions are kept, if not in the pipeline's own state: `the consumer group`. */
  readonly positionsIn?: string;
  /** `source`: a failed attempt is given back and redelivered by the source. */
  readonly retries: 'engine' | 'source';
  /** What this source's config means for the options of a format (its schema registry). Applied where the
   *  format has such an option and the recipe does not set it. */
  readonly formatDefaults?: (config: ConfigOf<S>) => Readonly<Record<string, unknown>>;
  /** Whether it reads at a place of ActionDefinition.writes: then the recipe gets a warning. Called with a config that
   *  passed its check. */
  readonly reads?: (config: ConfigOf<S>, place: string) => boolean;
  /** True: needs the recipe's `datahub` block. */
  readonly needsDatahub?: boolean;
  create(config: ConfigOf<S>, ctx: SourceContext): Source;
}

export interface FormatDefinition<S extends ConfigSchema = ConfigSchema> extends Definition<S> {
  readonly kind: 'format';
  create(config: ConfigOf<S>): Format;
}

export interface TransformerDefinition<S extends ConfigSchema = ConfigSchema> extends Definition<S> {
  readonly kind: 'transformer';
  /** True: only passes or drops, so it may also stand under `filters:`. */
  readonly filter?: boolean;
  /** True: what it does depends on what this process has done before, as its state remembers. */
  readonly remembers?: boolean;
  create(config: ConfigOf<S>, ctx: PartContext): Transformer | Promise<Transformer>;
}

export interface ActionDefinition<S extends ConfigSchema = ConfigSchema> extends Definition<S> {
  readonly kind: 'action';
  readonly guarantee: string;
  /** Where it writes, as far as the recipe tells: a path, `topic orders at broker1:9092`. Called with a config that
   *  passed its check. */
  readonly writes?: (config: ConfigOf<S>) => readonly string[];
  create(config: ConfigOf<S>, ctx: PartContext): Action | Promise<Action>;
}

export type AnyDefinition = SourceDefinition | FormatDefinition | TransformerDefinition | ActionDefinition;

export function defineSource<const S extends ConfigSchema>(
  definition: Omit<SourceDefinition<S>, 'kind'>,
): SourceDefinition {
  return { kind: 'source', ...definition } as unknown as SourceDefinition;
}

export function defineFormat<const S extends ConfigSchema>(
  definition: Omit<FormatDefinition<S>, 'kind'>,
): FormatDefinition {
  return { kind: 'format', ...definition } as unknown as FormatDefinition;
}

export function defineTransformer<const S extends ConfigSchema>(
  definition: Omit<TransformerDefinition<S>, 'kind'>,
): TransformerDefinition {
  return { kind: 'transformer', ...definition } as unknown as TransformerDefinition;
}

export function defineAction<const S extends ConfigSchema>(
  definition: Omit<ActionDefinition<S>, 'kind'>,
): ActionDefinition {
  return { kind: 'action', ...definition } as unknown as ActionDefinition;
}
