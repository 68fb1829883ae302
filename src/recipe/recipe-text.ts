import { redact } from '../support/logging/redact.ts';
import { nodeAt, type Path, type Place, type Tree } from './tree.ts';

/** An excerpt is one line, at most this long. */
const WIDEST = 160;

/** A place as people find it. `line` and `column` are 1-based. */
export interface Shown {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The line of the text, secrets masked. */
  readonly excerpt: string;
  /** Where in `excerpt` the carets stand; 0-based. */
  readonly caret: { readonly at: number; readonly length: number };
}

/** The text of a recipe file: finds lines and columns, and shows them without secrets. */
export class RecipeText {
  readonly file: string;
  readonly text: string;
  private readonly starts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts = starts;
  }

  /** Where `place` stands, with its first line as excerpt; the text of `hidden` is masked whatever it is. */
  where(place: Place, hidden?: Place): Shown {
    const line = this.lineOf(place.start);
    const from = this.starts[line - 1] ?? 0;
    const to = this.lineEnd(line);
    const end = Math.max(place.start, Math.min(place.end, to));
    const length = Math.max(1, end - place.start);
    const at = { file: this.file, line, column: place.start - from + 1, length };
    const cut = (start: number, stop: number) => this.shown(start, stop, hidden);
    let before = cut(from, place.start);
    const mid = cut(place.start, end);
    const after = cut(end, to);
    if (before.length > WIDEST / 2) before = `…${before.slice(-WIDEST / 2)}`;
    const excerpt = `${before}${mid}${after}`;
    const caret = { at: before.length, length: Math.max(1, Math.min(mid.length, WIDEST / 2)) };
    return { ...at, excerpt: excerpt.length > WIDEST ? `${excerpt.slice(0, WIDEST)}…` : excerpt, caret };
  }

  /** The place of character `at` of the text at `path`, where the value stands in the recipe as it is. */
  inside(tree: Tree, path: Path, at: number): Place | undefined {
    const node = nodeAt(tree, path);
    if (node?.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
    const written = this.text.slice(node.place.start, node.place.end);
    const offset = node.block ? this.inBlock(node.value, node.place, at) : inLine(node.value, written, at);
    if (offset === undefined) return undefined;
    const start = node.place.start + offset;
    return { start, end: start + 1 };
  }

  lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 1);
  }

  /** Of a `|` block: the same line of the source, behind the indentation that YAML takes away. */
  private inBlock(value: string, place: Place, at: number): number | undefined {
    const before = value.slice(0, at).split('\n');
    const line = this.lineOf(place.start) + before.length;
    const start = this.starts[line - 1];
    const wanted = value.split('\n')[before.length - 1];
    if (start === undefined || wanted === undefined) return undefined;
    const source = this.text.slice(start, this.lineEnd(line));
    if (!source.endsWith(wanted)) return undefined;
    return start + source.length - wanted.length + (before.at(-1)?.length ?? 0) - place.start;
  }

  private lineEnd(line: number): number {
    const next = this.starts[line];
    const end = next === undefined ? this.text.length : next - 1;
    return this.text[end - 1] === '\r' ? end - 1 : end;
  }

  private shown(start: number, end: number, hidden: Place | undefined): string {
    if (hidden === undefined || hidden.end <= start || hidden.start >= end) {
      return printable(redact(this.text.slice(start, end)));
    }
    const before = this.text.slice(start, Math.max(start, hidden.start));
    const after = this.text.slice(Math.min(end, hidden.end), end);
    return `${printable(redact(before))}***${printable(redact(after))}`;
  }
}

/** Of a text on one line: behind the quote, where nothing in it is escaped. */
function inLine(value: string, written: string, at: number): number | undefined {
  const quote = written[0] === '"' || written[0] === "'" ? 1 : 0;
  return written.slice(quote, quote + value.length) === value ? quote + at : undefined;
}

/** A recipe must not steer the terminal that shows it. */
function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(/\p{Cc}/gu, '\uFFFD');
}
