import { createHash } from 'node:crypto';
import { Redactor } from '../src/masking/redactor.ts';
import type { Table } from './side-by-side.ts';

const CHUNK = 64 * 1024;
const CHUNKS = 512;

/**
 * What masking costs a step's output (DESIGN: speed, sixth row): 32 MiB of log lines in chunks of 64 KiB, beside a copy of
 * the same bytes.
 */
export function measureMasking(rounds: number): Table {
  const chunks = Array.from({ length: CHUNKS }, (_, at) => logLines(at));
  const cases: [name: string, work: () => void][] = [
    ['copy', () => chunks.forEach((chunk) => void Buffer.from(chunk))],
    ...[1, 10, 200, 1_000].map((count): [string, () => void] => {
      const redactor = new Redactor(Array.from({ length: count }, (_, at) => secret(at)));
      return [`mask ${count} secret${count === 1 ? '' : 's'} in all forms`, () => mask(redactor, chunks)];
    }),
    ['mask 1 secret of 8 characters', () => mask(new Redactor([Buffer.from('hunter2!')]), chunks)],
  ];
  const timings = cases.map(([name, work]) => {
    work();
    const times = Array.from({ length: Math.min(rounds, 10) }, () => timeOf(work)).sort((a, b) => a - b);
    return { name, minimumMs: times[0] ?? Number.NaN, medianMs: times[times.length >> 1] ?? Number.NaN, ratio: 1 };
  });
  const baseline = timings[0]?.medianMs ?? Number.NaN;
  const rows = timings.map((one) => ({ ...one, ratio: one.medianMs / baseline }));
  const mebibytes = (CHUNK * CHUNKS) / 2 ** 20;
  return { title: `masking ${mebibytes} MiB`, rounds: Math.min(rounds, 10), timings: rows, mebibytes };
}

function mask(redactor: Redactor, chunks: readonly Uint8Array[]): void {
  const stream = redactor.stream();
  for (const chunk of chunks) stream.push(chunk);
  stream.end();
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** As long as a token. No two begin alike, which is the hard case: the fewer beginnings, the more text is skipped. */
function secret(at: number): Uint8Array {
  return Buffer.from(createHash('sha256').update(`secret ${at}`).digest('base64').slice(0, 40));
}

/** What build tools print: times, paths, numbers, words, a digest here and there. */
function logLines(seed: number): Buffer {
  const lines: string[] = [];
  for (let at = 0, length = 0; length < CHUNK; at += 1) {
    const number = (seed * 7919 + at * 104_729) % 1_000_003;
    const digest = at % 20 === 0 ? createHash('sha256').update(`${number}`).digest('hex') : '';
    const line = `2026-11-23T10:${number % 60}:${at % 60}.${number} INFO  [worker-${number % 8}] compiled src/parts/module-${number}.ts in ${at % 97} ms (${number * 3} bytes) ${digest}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('').slice(0, CHUNK));
}
