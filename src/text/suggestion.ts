/** The candidate nearest to the written text, if it is near enough to be a typing error; else undefined. */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  const slip = bare(written);
  const limit = slip.length < 2 ? 0 : Math.max(1, Math.floor(slip.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const meant = bare(candidate);
    if (Math.abs(meant.length - slip.length) > limit) continue;
    const distance = editDistance(slip, meant);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` did you mean "x"?` as a hint, or undefined. */
export function didYouMean(written: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(written, candidates);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** Ignores case and the marks between words, which people do not remember: `continue-on-error` is `continueOnError`. */
function bare(text: string): string {
  return text.toLowerCase().replace(/(?<=.)[-_]/g, '');
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
