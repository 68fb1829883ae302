const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than this process may write',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  ENOENT: 'it does not exist',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'this process has too many open files',
  ENFILE: 'the system has too many open files',
  EIO: 'the device reports an input/output error',
};

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space',
  EDQUOT: 'Free some space or raise the quota',
  EFBIG: 'Raise the limit on file sizes (ulimit -f)',
  EROFS: 'Make the file system writable',
  EACCES: 'Give this user the right to read and write there',
  EPERM: 'Give this user the right to read and write there',
  EMFILE: 'Raise the limit on open files (ulimit -n)',
  ENFILE: 'Raise the limit on open files',
  EIO: 'Check the disk and the system log',
};

/** `no space is left on the device (ENOSPC)`; the error's own message where its code is not a known one. */
export function fileProblem(error: unknown): string {
  const code = errnoOf(error);
  const sentence = code === undefined ? undefined : SENTENCES[code];
  if (sentence !== undefined) return `${sentence} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** A sentence that says what to do: `Free some space, or choose another folder with --state-dir.` */
export function fileRemedy(error: unknown, otherwise: string): string {
  const remedy = REMEDIES[errnoOf(error) ?? ''];
  return remedy === undefined
    ? `${otherwise[0]?.toUpperCase()}${otherwise.slice(1)}.`
    : `${remedy}, or ${otherwise}.`;
}

/** `ENOSPC`; undefined for what is no system error. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
