import { Envelope } from '../../contract/envelope.ts';
import type { Meta } from '../../contract/event.ts';
import { COMPACT, SPACED } from '../../support/json/pattern.ts';
import { DESCRIBING } from './describing.ts';
import type { Habit } from './habit.ts';
import { linePattern, lineStart } from './line-pattern.ts';
import { timeText } from './time.ts';

/** What a pattern can go back to in a longer line may be more than there is memory for. */
const LONGEST = 64 * 1024;

/** How lines of one type and spelling are cut. */
interface Cut {
  readonly type: string;
  /** See linePattern. */
  readonly pattern: RegExp;
}

/**
 * The event of a line whose members are event_type, event and meta, in this order, spelled as evrun or as DataHub
 * Actions writes it: its members are found, but not parsed. Undefined for any other line, and for types that are
 * not DataHub's: these must be parsed.
 */
export function cutLine(line: string, habit: Habit): Envelope | undefined {
  if (line.length > LONGEST) return undefined;
  const event = last === undefined ? undefined : cutAs(last, line, habit);
  if (event !== undefined) return event;
  const cut = cutFor(line);
  if (cut === undefined || cut === last) return undefined;
  last = cut;
  return cutAs(cut, line, habit);
}

function cutAs(cut: Cut, line: string, habit: Habit): Envelope | undefined {
  const match = cut.pattern.exec(line);
  if (match === null) return undefined;
  const event = new CutLine(cut.type, line, match, habit);
  const key = match[3] as string;
  if (key !== '""') event.key = key.slice(1, -1);
  return event;
}

/** Most lines are of the type of the one before. */
let last: Cut | undefined;
/** Those that were needed: to make one takes some milliseconds. */
const cuts = new Map<string, Cut>();

function cutFor(line: string): Cut | undefined {
  for (const [type, fields] of DESCRIBING) {
    for (const blanks of [COMPACT, SPACED]) {
      const start = lineStart(type, blanks);
      if (!line.startsWith(start)) continue;
      const cut = cuts.get(start) ?? { type, pattern: linePattern(type, fields, blanks) };
      cuts.set(start, cut);
      return cut;
    }
  }
  return undefined;
}

/** It is certain that its data and meta can be parsed: most pipelines that filter nothing never ask for them. */
class CutLine extends Envelope {
  private readonly line: string;
  private readonly eventText: string;
  /** Milliseconds since 1970. */
  private readonly digits: string | undefined;
  private readonly metaText: string;
  private readonly habit: Habit;
  private madeData: unknown = undefined;

  constructor(type: string, line: string, match: RegExpExecArray, habit: Habit) {
    super(type, undefined);
    this.line = line;
    this.eventText = match[1] as string;
    this.digits = match[4] === undefined ? match[2] : match[5];
    this.metaText = match[6] as string;
    this.habit = habit;
  }

  override get data(): unknown {
    if (this.madeData === undefined) {
      this.madeData = JSON.parse(this.eventText);
      this.habit.inVain();
    }
    return this.madeData;
  }

  override get time(): string | undefined {
    if (this.digits !== undefined) super.time ??= timeText(Number(this.digits));
    return super.time;
  }

  override set time(time: string | undefined) {
    super.time = time;
  }

  protected override get ownMeta(): Meta {
    const meta = super.ownMeta ?? (JSON.parse(this.metaText) as Meta);
    this.meta = meta;
    return meta;
  }

  override get dataText(): string {
    return this.eventText;
  }

  override get envelopeText(): string {
    return this.line;
  }
}
