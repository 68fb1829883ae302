import { resolve } from 'node:path';
import { messageOf } from '../../contract/errors.ts';
import type { SourceContext } from '../../contract/source.ts';
import { codeOf, fileError } from './errors.ts';
import { aboutBracket } from './glob.ts';
import { allPaths } from './paths.ts';
import { type OpenFile, openFile } from './tracked-file.ts';

/** The paths that a recipe names, and what stands in the way of reading them. */
export class Candidates {
  private readonly named: readonly string[];
  private readonly follow: boolean;
  private readonly log: SourceContext['log'];
  /** What cannot be read, by path: said once, until it changes. */
  private readonly troubles = new Map<string, string>();
  /** Those of the last look, absolute. */
  private found: ReadonlySet<string> = new Set();

  constructor(path: string | readonly string[], follow: boolean, log: SourceContext['log']) {
    this.named = typeof path === 'string' ? [path] : path;
    this.follow = follow;
    this.log = log;
  }

  get trouble(): string | undefined {
    return this.troubles.values().next().value;
  }

  /** True for a path that the last look found. */
  has(path: string): boolean {
    return this.found.has(resolve(path));
  }

  async paths(): Promise<string[]> {
    const { paths, unmatched } = await allPaths(this.named);
    for (const pattern of unmatched) this.note(pattern);
    if (this.troubles.size > 0) {
      const still = new Set([...paths, ...unmatched]);
      for (const troubled of this.troubles.keys()) if (!still.has(troubled)) this.troubles.delete(troubled);
    }
    this.found = new Set(paths.map((path) => resolve(path)));
    return paths;
  }

  /** The files that are there at the start, each once, however many paths lead to it. */
  async openAll(): Promise<OpenFile[]> {
    const found = new Map<string, OpenFile>();
    for (const path of await this.paths()) {
      try {
        const file = await openFile(path);
        if (found.has(file.id)) await file.handle.close();
        else found.set(file.id, file);
      } catch (error) {
        if (this.follow && codeOf(error) === 'ENOENT') this.note(path, error);
        else {
          for (const { handle } of found.values()) await handle.close();
          throw fileError(path, error);
        }
      }
    }
    return [...found.values()];
  }

  /** Without an error: a pattern that nothing matches. */
  note(path: string, error?: unknown): undefined {
    const waiting = this.follow ? ', waiting for it' : '';
    const named = path + aboutBracket(path);
    const sentence =
      error === undefined
        ? `nothing matches ${named}${waiting}`
        : codeOf(error) === 'ENOENT'
          ? `${named} does not exist${waiting}`
          : messageOf(fileError(path, error));
    if (this.troubles.get(path) !== sentence) this.log.warn(sentence);
    this.troubles.set(path, sentence);
    return undefined;
  }

  /** It can be read after all. */
  clear(path: string): void {
    this.troubles.delete(path);
  }
}
