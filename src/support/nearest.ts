/** Longer words are no typos of a key. */
const LONGEST = 64;

/** The candidate that `word` was probably meant to be; undefined if none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const wanted = plain(word);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST || candidate === word) continue;
    const far = distance(wanted, plain(candidate));
    if (far < least) {
      best = candidate;
      least = far;
    }
  }
  return best ?? begunBy(wanted, candidates);
}

/** The shortest candidate that a word of some length is the beginning of: `sasl.user` for `sasl.username`. */
function begunBy(wanted: string, candidates: readonly string[]): string | undefined {
  if (wanted.length < 5) return undefined;
  const begun = candidates.filter(
    (candidate) => plain(candidate) !== wanted && plain(candidate).startsWith(wanted),
  );
  return begun.sort((a, b) => a.length - b.length)[0];
}

/** `retryCount`, `retry-count`, `retry.count` and `retry_count` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_.\s]/g, '');
}

/** Damerau-Levenshtein: letters added, left out, changed, and neighbours swapped, each counting one. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
