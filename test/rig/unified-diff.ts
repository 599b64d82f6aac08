/** `-` what was expected, `+` what happened, with three lines around each change. For texts of some hundred lines. */
export function unifiedDiff(expected: string, actual: string): string {
  const edits = diffLines(expected.split('\n'), actual.split('\n'));
  const near = new Set<number>();
  for (const [index, edit] of edits.entries()) {
    if (edit[0] === ' ') continue;
    for (let at = index - 3; at <= index + 3; at++) near.add(at);
  }
  const shown: string[] = [];
  for (const [index, edit] of edits.entries()) {
    if (near.has(index)) shown.push(edit);
    else if (near.has(index - 1)) shown.push('@@');
  }
  return shown.join('\n');
}

/** Longest common subsequence, by table. */
function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const common = commonLengths(before, after);
  const edits: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push(` ${before[i]}`);
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      edits.push(`-${before[i++]}`);
    } else edits.push(`+${after[j++]}`);
  }
  return edits;
}

/** `[i][j]`: how many lines the rest of `before` from i and of `after` from j have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row === undefined) continue;
      row[j] =
        before[i] === after[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
