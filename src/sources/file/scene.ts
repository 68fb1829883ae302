import type { Positions, StoredFile } from './stored.ts';
import type { OpenFile } from './tracked-file.ts';

export interface Finding {
  /** To be read before the new file, oldest first, open. */
  readonly missed: readonly OpenFile[];
  readonly level: 'info' | 'warn';
  /** What a person should know; undefined = it was rotated, and nothing is lost. */
  readonly sentence?: string;
}

export interface Scene {
  /** The new file. */
  readonly file: OpenFile;
  readonly positions: Positions;
  /** What is stored of files that stood at its path before, at least one. */
  readonly before: readonly StoredFile[];
  /** True for a path that is read anyway. */
  readonly isRead: (path: string) => boolean;
  /** True: the file that stood there is still open, so nothing of it is lost. */
  readonly held: boolean;
  readonly follow: boolean;
}
