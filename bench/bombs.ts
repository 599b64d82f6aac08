import { parseDocuments } from '../src/text/document.ts';
import { printProblem } from '../src/text/excerpt.ts';
import { schemaProblems } from '../src/text/schema.ts';
import { SourceFile } from '../src/text/source.ts';
import { NOT_PLAIN, OTHERS, TOO_LARGE } from '../test/rig/yaml-bombs.ts';
import type { Table } from './side-by-side.ts';

const SHOWN = 10;

/**
 * How long the worst files take that somebody may put into a repository, in a process that has warmed up: 100 ms each is
 * the limit (SECURITY, section 4, row 5). The ten slowest, beside a definition that holds a mebibyte of script.
 */
export function measureBombs(rounds: number): Table {
  const sound = `kind: tool\nname: a\nsteps:\n  - run: |\n${'      echo x\n'.repeat(80_000)}`;
  const files = { 'a sound definition of a mebibyte': sound, ...TOO_LARGE, ...NOT_PLAIN, ...OTHERS };
  const timings = Object.entries(files).map(([name, text]) => {
    const times = Array.from({ length: rounds }, () => timeOnce(text)).sort((a, b) => a - b);
    return { name, minimumMs: times[0] ?? Number.NaN, medianMs: times[rounds >> 1] ?? Number.NaN, ratio: 1 };
  });
  const [baseline, ...bombs] = timings;
  if (baseline === undefined) throw new Error('there is nothing to measure');
  const slowest = bombs.sort((a, b) => b.medianMs - a.medianMs).slice(0, SHOWN);
  const rows = [baseline, ...slowest].map((one) => ({ ...one, ratio: one.medianMs / baseline.medianMs }));
  return { title: `the ${SHOWN} slowest of ${bombs.length} hostile files`, rounds, timings: rows };
}

function timeOnce(text: string): number {
  const start = performance.now();
  const { documents, problems } = parseDocuments(new SourceFile('tools/bomb.yaml', text));
  for (const document of documents) problems.push(...schemaProblems('tool', document));
  for (const one of problems.slice(0, 100)) printProblem(one);
  return performance.now() - start;
}
