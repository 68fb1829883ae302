import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One event that a process acted on. */
export interface Line {
  readonly process: string;
  readonly at: bigint;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
}

export interface Audit {
  /** `<partition>:<offset>` of records that nobody acted on. */
  readonly missing: readonly string[];
  /** Lines beyond the first one of their record. */
  readonly repeats: number;
  /** Records that were acted on for the first time after a later one of the same key and partition. */
  readonly disordered: readonly string[];
}

/** All processes' lines, in the order in which they were written. A ledger is `<folder>/ledger-<process>`. */
export function linesIn(folder: string): Line[] {
  const files = readdirSync(folder).filter((file) => file.startsWith('ledger-'));
  return files
    .flatMap((file) => linesOf(join(folder, file), file.slice('ledger-'.length)))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** `ends`: the offset after the last record of each partition; the first one is 0 and none was removed. */
export function audit(lines: readonly Line[], ends: ReadonlyMap<number, number>): Audit {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  const disordered: string[] = [];
  for (const { partition, offset, key } of lines) {
    const record = `${partition}:${offset}`;
    if (seen.has(record)) continue;
    seen.add(record);
    const lane = `${partition} ${key}`;
    if ((last.get(lane) ?? -1) > offset) disordered.push(record);
    last.set(lane, offset);
  }
  const missing = [...ends].flatMap(([partition, end]) =>
    Array.from({ length: end }, (_, offset) => `${partition}:${offset}`).filter(
      (record) => !seen.has(record),
    ),
  );
  return { missing, repeats: lines.length - seen.size, disordered };
}

/** A last line without its end was torn by a kill: nobody was told that it is there. */
function linesOf(path: string, process: string): Line[] {
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => {
    const [at = '0', partition, offset, key = ''] = line.split(' ');
    return { process, at: BigInt(at), partition: Number(partition), offset: Number(offset), key };
  });
}
