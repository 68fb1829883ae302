/** `1234567` → `1,234,567`. Rounds. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `5 s` → `5.0 s`, `312 ms`, `2 min 5 s`, `3 h 2 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `999 B`, `1.2 kB`, `3.4 MB`: powers of 1000. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Events per second; below 10 with one decimal, so that a slow pipeline does not look dead. */
export function perSecond(events: number, ms: number): string {
  if (ms <= 0 || events === 0) return '0/s';
  const rate = (events * 1_000) / ms;
  return `${rate < 10 ? rate.toFixed(1) : grouped(rate)}/s`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
