import { isUtf8 } from 'node:buffer';
import type { Block } from './block.ts';

/**
 * The strings of one message, cut from one text of the whole: that is several times faster than decoding each.
 */
export class Strings {
  private readonly block: Block;
  /** One character for each byte: right where those are ASCII. */
  private readonly text: string;
  /** True once a string was not UTF-8. */
  damaged = false;

  constructor(block: Block) {
    this.block = block;
    this.text = block.bytes.toString('latin1', 0, block.size);
  }

  cut(from: number, to: number): string {
    const text = this.text.slice(from, to);
    // Only ASCII has as many bytes in UTF-8 as it has characters; counting them is the fastest test.
    if (Buffer.byteLength(text) === text.length) return text;
    const bytes = this.block.bytes.subarray(from, to);
    if (!isUtf8(bytes)) this.damaged = true;
    return bytes.toString();
  }

  /** As `cut`, for a place where one of few texts stands: the same object each time. */
  usual(from: number, to: number, place: UsualPlace): string {
    const text = this.text.slice(from, to);
    const known = usualTexts[place];
    for (let i = 0; i < known.length; i += 1) if (known[i] === text) return known[i] as string;
    const cut = this.cut(from, to);
    if (cut === text) known[known.length < MOST_USUAL ? known.length : 0] = this.copy(from, to);
    return cut;
  }

  /** Whether the bytes are these, one character for each. */
  standsAt(from: number, to: number, text: string): boolean {
    // A slice costs next to nothing, and comparing texts of one length is faster than `startsWith`.
    return text.length === to - from && this.text.slice(from, to) === text;
  }

  /** One character for each byte. Not a part of the text, which would keep the whole of it. */
  copy(from: number, to: number): string {
    return this.block.bytes.toString('latin1', from, to);
  }
}

/** Texts that were read lately, each of ASCII. */
const usualTexts: Readonly<Record<'source' | 'version' | 'type' | 'name', string[]>> = {
  source: [],
  version: [],
  type: [],
  name: [],
};
const MOST_USUAL = 8;
type UsualPlace = keyof typeof usualTexts;
