import { StringDecoder } from 'node:string_decoder';

/** Cuts a stream into lines. Of a line longer than `maxLength` its beginning is given, once, and marked. */
export class LineReader {
  private readonly maxLength: number;
  private readonly onLine: (line: string, tooLong: boolean) => void;
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  /** Inside a line that was too long and has been given. */
  private skipping = false;

  constructor(maxLength: number, onLine: (line: string, tooLong: boolean) => void) {
    this.maxLength = maxLength;
    this.onLine = onLine;
  }

  add(chunk: Buffer): void {
    const text = this.rest + this.decoder.write(chunk);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      if (this.skipping) this.skipping = false;
      else this.give(text.slice(from, text[at - 1] === '\r' ? at - 1 : at));
      from = at + 1;
    }
    this.rest = this.skipping ? '' : text.slice(from);
    if (this.rest.length > this.maxLength) {
      this.give(this.rest);
      this.rest = '';
      this.skipping = true;
    }
  }

  private give(line: string): void {
    const tooLong = line.length > this.maxLength;
    this.onLine(tooLong ? line.slice(0, this.maxLength) : line, tooLong);
  }
}
