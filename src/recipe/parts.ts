/** From an expanded recipe to its checked parts: every component resolved and its config read by its schema. */
import { dirname } from 'node:path';
import type { DatahubConnection } from '../contract/context.ts';
import type {
  ActionDefinition,
  FormatDefinition,
  SourceDefinition,
  TransformerDefinition,
} from '../contract/define.ts';
import { type Config, checkConfig } from './config-check.ts';
import { checkDatahub, DATAHUB } from './datahub-block.ts';
import type { Expanded } from './expand-tree.ts';
import { loopProblems } from './loop.ts';
import { OPTIONS, type RecipeOptions, readOptionSpelling } from './options.ts';
import { type Component, component, type Outline, outlineOf } from './outline.ts';
import type { Draft } from './problem.ts';
import { resolveType } from './resolve.ts';
import { checkSourceKeys, sourceSchema } from './source-keys.ts';
import type { Path } from './tree.ts';

const FORMAT_PATH: Path = ['source', 'config', 'format'];

export interface Part<D> {
  readonly type: string;
  readonly definition: D;
  readonly config: Config;
}

export interface StepPart extends Part<TransformerDefinition> {
  /** `filters[0] event_type`, `filter`, `transform[1] map`. */
  readonly label: string;
}

export interface RecipeParts {
  readonly name: string;
  readonly source: Part<SourceDefinition>;
  readonly format: Part<FormatDefinition>;
  readonly steps: readonly StepPart[];
  readonly action: Part<ActionDefinition>;
  readonly datahub: DatahubConnection | undefined;
  readonly options: RecipeOptions;
}

export interface PartsPlace {
  /** The recipe's path. */
  readonly file: string;
  readonly dryRun: boolean;
}

/** Undefined where a part cannot be used; `problems` then holds at least one error. */
export async function checkParts(
  expanded: Expanded,
  { file, dryRun }: PartsPlace,
  problems: Draft[],
): Promise<RecipeParts | undefined> {
  const outline = outlineOf(expanded.value, problems);
  if (outline === undefined) return undefined;
  const checker = new Checker(file, dryRun, expanded, problems);
  const datahub = await checker.datahub(outline);
  const source = await checker.source(outline);
  const format = source && (await checker.format(source, FORMAT_PATH));
  if (source === undefined) await checker.formatName(outline);
  const steps = await checker.steps(outline);
  const action = await checker.action(outline.action);
  const options = await checker.options(outline);
  const { name } = outline;
  if (name === undefined || !source || !format || !steps || !action || !options || datahub === 'wrong') {
    return undefined;
  }
  problems.push(...loopProblems({ source, action }));
  return { name, source, format, steps, action, datahub, options };
}

class Checker {
  private readonly file: string;
  private readonly dryRun: boolean;
  private readonly expanded: Expanded;
  private readonly problems: Draft[];

  constructor(file: string, dryRun: boolean, expanded: Expanded, problems: Draft[]) {
    this.file = file;
    this.dryRun = dryRun;
    this.expanded = expanded;
    this.problems = problems;
  }

  async source(outline: Outline): Promise<Part<SourceDefinition> | undefined> {
    const { source } = outline;
    if (source === undefined) return undefined;
    const { type, path } = source;
    const definition = await resolveType('source', type, this.file, [...path, 'type'], this.problems);
    if (definition === undefined) return undefined;
    if (definition.needsDatahub && outline.datahub === undefined) {
      const fix = 'Add datahub: { server: "${DATAHUB_URL}", token: "${DATAHUB_TOKEN}" } to the recipe.';
      const message = `the source ${type} needs a datahub block`;
      this.problems.push({ path: [...path, 'type'], message, fix });
    }
    const rules = { schema: sourceSchema(definition), ...checkOf(definition) };
    const config = await this.config(rules, source.config, [...path, 'config']);
    if (config === undefined) return undefined;
    this.problems.push(...checkSourceKeys(definition, config, [...path, 'config']));
    return { type, definition, config };
  }

  /** The source's `format:`: a name, `{ type, config }`, or nothing for the source's own. */
  async format(source: Part<SourceDefinition>, path: Path): Promise<Part<FormatDefinition> | undefined> {
    const asked = source.config['format'] ?? source.definition.defaultFormat;
    const short = typeof asked === 'string';
    const one = short ? { type: asked, config: {}, path } : component(asked, path, this.problems);
    if (one === undefined) return undefined;
    const typePath = short ? path : [...path, 'type'];
    const definition = await resolveType('format', one.type, this.file, typePath, this.problems);
    if (definition === undefined) return undefined;
    const given = withDefaults(one.config, definition, source);
    const config = await this.config(definition, given, [...path, 'config']);
    return config && { type: one.type, definition, config };
  }

  /** Of a source that cannot be used, so that a mistake in it is told with the others. */
  async formatName({ source }: Outline): Promise<void> {
    const { format } = (source?.config ?? {}) as { readonly format?: unknown };
    if (typeof format === 'string')
      await resolveType('format', format, this.file, FORMAT_PATH, this.problems);
  }

  /** In the order in which DataHub Actions applies them: `filters`, the legacy `filter`, `transform`. */
  async steps(outline: Outline): Promise<readonly StepPart[] | undefined> {
    const all: (StepPart | undefined)[] = [];
    for (const [index, one] of outline.filters.entries()) {
      const step = await this.step(one, `filters[${index}] ${one.type}`);
      if (step !== undefined && step.definition.filter !== true) {
        const message = `"${one.type}" is no filter: it does more than pass or drop events`;
        const fix = 'Move it to "transform".';
        this.problems.push({ path: [...one.path, 'type'], message, fix });
      }
      all.push(step);
    }
    if (outline.filter !== undefined) {
      const legacy = { type: 'filter', config: outline.filter, path: ['filter'] };
      all.push(await this.step(legacy, 'filter', ['filter']));
    }
    for (const [index, one] of outline.transform.entries()) {
      all.push(await this.step(one, `transform[${index}] ${one.type}`));
    }
    const steps = all.filter((step) => step !== undefined);
    return steps.length === all.length ? steps : undefined;
  }

  async action(action: Component | undefined): Promise<Part<ActionDefinition> | undefined> {
    if (action === undefined) return undefined;
    const { type, path } = action;
    const definition = await resolveType('action', type, this.file, [...path, 'type'], this.problems);
    if (definition === undefined) return undefined;
    const config = await this.config(definition, action.config, [...path, 'config']);
    return config && { type, definition, config };
  }

  async options(outline: Outline): Promise<RecipeOptions | undefined> {
    const config = await this.config({ schema: OPTIONS }, readOptionSpelling(outline.options), ['options']);
    return config as RecipeOptions | undefined;
  }

  async datahub(outline: Outline): Promise<DatahubConnection | undefined | 'wrong'> {
    if (outline.datahub === undefined) return undefined;
    const config = await this.config({ schema: DATAHUB }, outline.datahub, ['datahub']);
    if (config === undefined) return 'wrong';
    this.problems.push(...checkDatahub(config));
    return config as unknown as DatahubConnection;
  }

  private async step(one: Component, label: string, configPath?: Path): Promise<StepPart | undefined> {
    const { type, path } = one;
    const definition = await resolveType('transformer', type, this.file, [...path, 'type'], this.problems);
    if (definition === undefined) return undefined;
    const config = await this.config(definition, one.config, configPath ?? [...path, 'config']);
    return config && { type, definition, config, label };
  }

  private config(rules: Parameters<typeof checkConfig>[0], config: unknown, path: Path) {
    const place = { expanded: this.expanded, recipeDir: dirname(this.file), dryRun: this.dryRun };
    return checkConfig(rules, config, path, place, this.problems);
  }
}

function checkOf(definition: SourceDefinition): Pick<SourceDefinition, 'check'> {
  return definition.check === undefined ? {} : { check: definition.check };
}

/** A format's options, with what its source knows (a schema registry) where the recipe says nothing. */
function withDefaults(given: unknown, format: FormatDefinition, source: Part<SourceDefinition>): unknown {
  const known = source.definition.formatDefaults?.(source.config as never);
  if (known === undefined || typeof given !== 'object' || given === null) return given;
  const fitting = Object.entries(known).filter(([key]) => Object.hasOwn(format.schema.properties, key));
  return { ...Object.fromEntries(fitting), ...given };
}
