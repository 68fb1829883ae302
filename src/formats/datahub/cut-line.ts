import { Envelope } from '../../contract/envelope.ts';
import type { Meta } from '../../contract/event.ts';
import { objectPattern, PLAIN_STRING, valuePattern } from '../../support/json/pattern.ts';
import type { JsonObject } from './avro.ts';
import { DESCRIBING, type Describing, stampedTime } from './describing.ts';
import type { Habit } from './habit.ts';
import { timeText } from './time.ts';

/** Deep enough for DataHub's own events. */
const DEPTH = 2;
/** What a pattern can go back to in a longer line may be more than there is memory for. */
const LONGEST = 64 * 1024;

/** How lines of one type are cut. */
interface Cut {
  readonly type: string;
  readonly fields: Describing;
  /** Finds the event, its time where the stamp is the first member, its key, and the meta. */
  readonly pattern: RegExp;
}

/**
 * The event of a line whose members are event_type, event and meta, in this order and without blanks, as evrun and
 * others write it: its members are found, but not parsed. Undefined for any other line, and for types that are not
 * DataHub's: these must be parsed.
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
  const event = new CutLine(cut, line, match, habit);
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
    const start = `{"event_type":"${type}","event":`;
    if (!line.startsWith(start)) continue;
    let cut = cuts.get(type);
    if (cut === undefined) {
      cut = { type, fields, pattern: linePattern(start, fields) };
      cuts.set(type, cut);
    }
    return cut;
  }
  return undefined;
}

/** The key is a member of the event itself, and comes once; no name is spelled with escapes, which could hide it. */
function linePattern(start: string, { key, stamp }: Describing): RegExp {
  const time = objectWith('time', String.raw`0|[1-9]\d*`, valuePattern(0));
  const event = objectWith(key, PLAIN_STRING, valuePattern(DEPTH), `(?:"${stamp}":${time},)?`);
  return new RegExp(String.raw`^\{${start.slice(1)}(${event}),"meta":(${objectPattern(DEPTH)})\}$`);
}

/** An object with one member of this name. Captures its value. `first`: what may stand before the others. */
function objectWith(name: string, value: string, others: string, first = ''): string {
  const other = `(?!"${name}")${PLAIN_STRING}:${others}`;
  return String.raw`\{${first}(?:${other},)*"${name}":(${value})(?:,${other})*\}`;
}

/** It is certain that its data and meta can be parsed: most pipelines that filter nothing never ask for them. */
class CutLine extends Envelope {
  private readonly cut: Cut;
  private readonly line: string;
  private readonly eventText: string;
  /** Milliseconds since 1970. */
  private readonly digits: string | undefined;
  private readonly metaText: string;
  private readonly habit: Habit;
  private madeData: unknown = undefined;

  constructor(cut: Cut, line: string, match: RegExpExecArray, habit: Habit) {
    super(cut.type, undefined);
    this.cut = cut;
    this.line = line;
    this.eventText = match[1] as string;
    this.digits = match[2];
    this.metaText = match[4] as string;
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
    super.time ??= this.timeByText();
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

  private timeByText(): string | undefined {
    const { digits, eventText } = this;
    const { stamp } = this.cut.fields;
    // A second one, wherever it is, may be the event's, too: then that would count.
    if (digits !== undefined && !eventText.includes(`"${stamp}":`, 2)) return timeText(Number(digits));
    return stampedTime(this.data as JsonObject, this.cut.fields);
  }
}
