import { ERROR_CODES } from '../contract/errors.ts';
import type { LogFields } from '../contract/log.ts';
import type { Lag } from '../contract/source.ts';
import type { PipelineView, StepStats } from '../contract/stats.ts';
import { byteSize, counted, duration, grouped, perSecond } from './numbers.ts';

/** What the report needs to know besides the pipeline. */
export interface ReportContext {
  /** Milliseconds that the run took. */
  readonly ranMs: number;
  readonly stateDir: string;
  readonly dryRun: boolean;
  /** False: the source cannot go on where it ended (stdin). */
  readonly resumable: boolean;
  /** What is done leaves the source: there is nothing older to go back to. */
  readonly queue: boolean;
  /** Where the source keeps its positions, if not in `stateDir`. */
  readonly positionsIn?: string | undefined;
  /** What was left when it ended, where the source knows. */
  readonly lag?: Lag | undefined;
}

/** What one pipeline did, for a person: counts per outcome and step, where the dead letters are, how to resume. */
export function reportText(view: PipelineView, context: ReportContext): string {
  const { stats } = view;
  const { exitCode, reason } = view.end ?? { exitCode: 1, reason: 'unknown' };
  const how =
    exitCode === 0 ? `ended: ${reason}` : `failed with exit code ${exitCode}, the log above says why`;
  const outcomes = [
    `${grouped(stats.acted)} acted`,
    `${grouped(stats.dropped)} dropped`,
    `${grouped(stats.dead)} dead`,
  ];
  if (stats.returned > 0) outcomes.push(`${grouped(stats.returned)} returned`);
  const { ranMs } = context;
  const lines = [
    `${view.name} (${view.recipe}) ${how}`,
    `  ${counted(stats.read, 'event')} in ${duration(ranMs)} (${perSecond(stats.read, ranMs)}): ${outcomes.join(', ')}`,
    ...stepTable(stats.read === 0 ? [] : stats.steps).map((line) => `    ${line}`),
    ...notes(view, context).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same as fields of a log line, for `--log-format json`. */
export function reportFields(view: PipelineView, { ranMs, lag }: ReportContext): LogFields {
  const { stats } = view;
  return {
    pipeline: view.name,
    recipe: view.recipe,
    reason: view.end?.reason,
    exitCode: view.end?.exitCode,
    durationMs: Math.round(ranMs),
    read: stats.read,
    acted: stats.acted,
    dropped: stats.dropped,
    dead: stats.dead,
    returned: stats.returned,
    retries: stats.retries,
    deadLetters: view.deadLetters,
    lag: lag?.events ?? lag?.bytes,
    ...Object.fromEntries(
      Object.entries(lag?.partitions ?? {}).map(([name, count]) => [`lag ${name}`, count]),
    ),
    ...Object.fromEntries(
      stats.steps.flatMap(({ label, processed, dropped, failed }) => [
        [`${label}: processed`, processed],
        [`${label}: dropped`, dropped],
        [`${label}: failed`, failed],
      ]),
    ),
  };
}

function stepTable(steps: readonly StepStats[]): readonly string[] {
  const rows = steps.map(({ label, processed, dropped, failed }) => [
    label,
    `${grouped(processed)} in`,
    dropped === 0 ? '' : `${grouped(dropped)} dropped`,
    failed === 0 ? '' : `${grouped(failed)} failed`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function notes(view: PipelineView, context: ReportContext): readonly string[] {
  const { stats } = view;
  const lines: string[] = [];
  if (stats.prefiltered > 0) {
    lines.push(
      `${grouped(stats.prefiltered)} of the dropped were not parsed: their text could not match the filter`,
    );
  }
  for (const [reason, count] of stats.ignored) lines.push(`${grouped(count)} of the dropped: ${reason}`);
  const ended = stats.acted + stats.dropped + stats.dead + stats.returned;
  const unfinished = stats.read - ended - stats.revoked;
  if (unfinished > 0)
    lines.push(`${counted(unfinished, 'event')} not finished: ${whatBecomes(unfinished, context)}`);
  if (stats.retries > 0) lines.push(`${counted(stats.retries, 'attempt')} failed and were tried again`);
  const blocker = whoDroppedAll(view);
  if (blocker !== undefined) lines.push(`nothing was acted on: ${blocker}`);
  if (context.dryRun) return [...lines, 'dry run: nothing was acted on, committed or stored'];
  // failure_mode THROW writes the event's line, too, but its outcome stays open.
  if (stats.dead > 0 || view.end?.exitCode === ERROR_CODES.EVR_THROW)
    lines.push(`dead letters: ${view.deadLetters ?? 'failed_events.log'}`);
  const left = lagNote(context.lag);
  if (left !== undefined) lines.push(left);
  if (stats.read > 0) lines.push(resumeNote(context));
  else if (view.end?.exitCode === 0 && context.resumable && !context.queue) {
    lines.push('nothing new was read; --reset-offsets or --since reads older events again');
  }
  return lines;
}

function whatBecomes(unfinished: number, { resumable }: ReportContext): string {
  if (resumable) return `the next run reads ${unfinished === 1 ? 'it' : 'them'} again`;
  return `${unfinished === 1 ? 'it is' : 'they are'} lost, and so is what was not read: the source cannot be read again`;
}

/** A filter that lets nothing pass is the commonest mistake in a recipe, and looks like success. */
function whoDroppedAll({ stats }: PipelineView): string | undefined {
  if (stats.read === 0 || stats.dropped !== stats.read) return undefined;
  let ignored = 0;
  for (const count of stats.ignored.values()) ignored += count;
  if (ignored === stats.read) return 'all events were of kinds that the format does not hand on';
  const step = stats.steps.findLast(({ dropped }) => dropped > 0) ?? stats.steps[0];
  return step === undefined ? undefined : `no event passed \`${step.label}\``;
}

const MOST_PARTITIONS = 5;

/** `lag: 40 events (orders-0: 28, orders-1: 12)`: the partitions that are furthest behind. */
function lagNote(lag: Lag | undefined): string | undefined {
  const { events, bytes, partitions = {} } = lag ?? {};
  if (events === undefined) return bytes ? `lag: ${byteSize(bytes)}` : undefined;
  const behind = Object.entries(partitions).filter(([, count]) => count > 0);
  behind.sort(([, a], [, b]) => b - a);
  const named = behind.slice(0, MOST_PARTITIONS).map(([name, count]) => `${name}: ${grouped(count)}`);
  if (behind.length > MOST_PARTITIONS) named.push(`and ${behind.length - MOST_PARTITIONS} more`);
  return `lag: ${counted(events, 'event')}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
}

function resumeNote({ resumable, stateDir, positionsIn }: ReportContext): string {
  return resumable
    ? `resume: the same command goes on where this run ended (positions are in ${positionsIn ?? stateDir})`
    : 'resume: this source cannot; the next run reads whatever it is given then';
}
