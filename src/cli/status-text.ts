import { styleText } from 'node:util';
import type { Lag } from '../contract/source.ts';
import type { PipelineView } from '../contract/stats.ts';
import { byteSize, grouped, perSecond } from './numbers.ts';

/** What the status line knows besides the counters. */
export interface Moment {
  /** Records read in the last `overMs` milliseconds. */
  readonly recentReads: number;
  readonly overMs: number;
  readonly lag: Lag | undefined;
}

/** `tags  1,200/s  acted 12  dropped 1,188  dead 0  lag 40  in flight 3`, never longer than `columns`. */
export function statusText(view: PipelineView, moment: Moment, columns: number, color: boolean): string {
  const paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) =>
    color ? styleText(style, text) : text;
  const { stats } = view;
  const state = stateOf(view);
  const parts: [text: string, painted: string][] = [];
  const add = (text: string, painted = text) => parts.push([text, painted]);

  add(view.name, paint('bold', view.name));
  if (state !== undefined) add(state, paint(view.end === undefined ? 'yellow' : 'dim', state));
  if (view.end === undefined) add(perSecond(moment.recentReads, moment.overMs));
  add(`acted ${grouped(stats.acted)}`);
  add(`dropped ${grouped(stats.dropped)}`);
  const dead = `dead ${grouped(stats.dead)}`;
  add(dead, stats.dead > 0 ? paint('red', dead) : dead);
  if (stats.retries > 0) add(`retries ${grouped(stats.retries)}`);
  if (view.end === undefined) {
    const lag = lagText(moment.lag);
    if (lag !== undefined) add(lag);
    add(`in flight ${grouped(stats.inFlight)}`);
  }
  return fitted(parts, columns);
}

/** Only states that a person should notice have a name. */
function stateOf(view: PipelineView): string | undefined {
  if (view.end !== undefined) return view.end.exitCode === 0 ? 'ended' : 'failed';
  const { state, reason } = view.health();
  if (state === 'running') return undefined;
  return state === 'outage' || state === 'restarting' ? `${state}: ${reason ?? 'unknown reason'}` : state;
}

function lagText(lag: Lag | undefined): string | undefined {
  if (lag?.events !== undefined) return `lag ${grouped(lag.events)}`;
  return lag?.bytes === undefined ? undefined : `lag ${byteSize(lag.bytes)}`;
}

/** Parts that still fit, two blanks between; the first one that does not is cut. Control characters go. */
function fitted(parts: readonly (readonly [text: string, painted: string])[], columns: number): string {
  let line = '';
  let room = columns - 1;
  for (const [text, painted] of parts) {
    const gap = line === '' ? 0 : 2;
    const clean = printable(text);
    if (clean.length + gap > room) {
      const cut = room - gap - 1;
      return cut < 4 ? line : `${line}${' '.repeat(gap)}${clean.slice(0, cut)}…`;
    }
    line += ' '.repeat(gap) + (clean === text ? painted : clean);
    room -= clean.length + gap;
  }
  return line;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
