import type { Literals, Prefilter, RangePrefilter } from '../../contract/prefilter.ts';
import { find, type Probe, probesFor } from './probe.ts';

// Most events are dropped by the leading filters. This finds most of those in the text alone, so that they are
// never parsed: a record lacks a string that every record that passes must contain. Each string is searched at
// most once through a text of many records: its next occurrence is kept until the ranges have gone past it.
// It errs on one side only: what it drops could not have passed, what it lets through may still be dropped.

/** More strings than this cost more to search than parsing would. */
const MOST_LITERALS = 64;
const SHORTEST_LITERAL = 3;
/** A text that shows which characters are rare in those that follow. */
const TELLING_LENGTH = 512;
const NEVER = Number.MAX_SAFE_INTEGER;

/** Numbers of the strings of one alternative; a group is one filter's alternatives. */
type Group = readonly (readonly number[])[];

/**
 * Whether a format may name `text` as a literal: printable ASCII without `/`, `"` and backslash, which JSON
 * spells in one way only (but for `\u`), and long enough to tell records apart.
 */
export function usableLiteral(text: string): boolean {
  return text.length >= SHORTEST_LITERAL && /^[ !#-.0-[\]-~]+$/.test(text);
}

/** One prefilter for filters that must all pass; undefined where they say nothing about the text. */
export function createPrefilter(all: readonly Literals[]): Prefilter | undefined {
  const telling = all.filter((literals) => !literals.some((alternative) => alternative.length === 0));
  const words: string[] = [];
  const groups: Group[] = [];
  for (const literals of telling) {
    const distinct = new Set([...words, ...literals.flat()]);
    if (distinct.size > MOST_LITERALS || literals.length > MOST_LITERALS) continue;
    words.splice(0, words.length, ...distinct);
    groups.push(literals.map((alternative) => alternative.map((word) => words.indexOf(word))));
  }
  if (groups.length === 0) return undefined;
  let probes = probesFor(words);
  let tuned = false;
  const over = (text: string) => {
    if (!tuned && text.length >= TELLING_LENGTH) {
      probes = probesFor(words, text);
      tuned = true;
    }
    return new TextRanges(text, probes, groups);
  };
  return { over, mayMatch: (text) => over(text).mayMatch(0, text.length) };
}

class TextRanges implements RangePrefilter {
  private readonly text: string;
  private readonly probes: readonly Probe[];
  private readonly groups: readonly Group[];
  /** Per word, where it stands next; -1 = not searched yet. */
  private readonly nextAt: number[];
  private nextEscape = -1;
  private rareU: boolean | undefined = undefined;

  constructor(text: string, probes: readonly Probe[], groups: readonly Group[]) {
    this.text = text;
    this.probes = probes;
    this.groups = groups;
    this.nextAt = new Array(probes.length).fill(-1);
  }

  mayMatch(start: number, end: number): boolean {
    const last = this.text.charCodeAt(end - 1) === 13 ? end - 2 : end - 1;
    if (last <= start) return true;
    if (this.text.charCodeAt(start) !== 123 || this.text.charCodeAt(last) !== 125) return true;
    for (const group of this.groups) {
      if (!this.holdsOneOf(group, start, end)) return this.hasEscape(start, end);
    }
    return true;
  }

  private holdsOneOf(group: Group, start: number, end: number): boolean {
    for (const alternative of group) if (this.holdsAll(alternative, start, end)) return true;
    return false;
  }

  private holdsAll(alternative: readonly number[], start: number, end: number): boolean {
    for (const word of alternative) if (!this.holds(word, start, end)) return false;
    return true;
  }

  private holds(word: number, start: number, end: number): boolean {
    const probe = this.probes[word] as Probe;
    let at = this.nextAt[word] as number;
    if (at < start) {
      at = find(probe, this.text, start);
      if (at === -1) at = NEVER;
      this.nextAt[word] = at;
    }
    return at + probe.literal.length <= end;
  }

  /** `\u` can spell any character, so a string that was not found may be there in disguise. */
  private hasEscape(start: number, end: number): boolean {
    if (this.nextEscape < start) {
      this.rareU ??= hasRareU(this.text);
      const at = this.rareU ? escapeByU(this.text, start) : this.text.indexOf('\\u', start);
      this.nextEscape = at === -1 ? NEVER : at;
    }
    return this.nextEscape < end;
  }
}

/** How much of a text is looked at to tell which of its characters are rare. */
const SAMPLE = 1024;

/** JSON in JSON is full of backslashes: there the letter u is the rarer one, and searching it is faster. */
function hasRareU(text: string): boolean {
  const sample = text.slice(0, SAMPLE);
  return sample.split('\\', SAMPLE).length > sample.split('u', SAMPLE).length;
}

/** Where the next `\u` stands, found by its letter; -1 = nowhere. */
function escapeByU(text: string, start: number): number {
  let at = text.indexOf('u', start + 1);
  while (at !== -1 && text.charCodeAt(at - 1) !== 92) at = text.indexOf('u', at + 1);
  return at === -1 ? -1 : at - 1;
}
