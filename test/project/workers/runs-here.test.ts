import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunsHere } from '../../../src/project/workers/runs-here.ts';

let folder: string;
let now: Date;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-here-'));
  now = new Date('2026-11-20T23:59:00Z');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (what: 'begun' | 'ended' = 'begun', vault = 'vault') =>
  new RunsHere({ HOME: folder, LOCKSTEP_STATE_DIR: folder }, vault, what, () => now);
const files = () => readdirSync(join(folder, 'worker')).sort();
const laterBy = (days: number) => (now = new Date(now.getTime() + days * 24 * 3600_000));

test('a run that one worker adds is known to all of this machine, and to later ones', () => {
  const [one, two] = [open(), open()];
  expect(two.has('first')).toBe(false);
  one.add('first');
  expect(two.has('first')).toBe(true);
  two.add('second');
  expect([one.has('second'), open().has('first')]).toEqual([true, true]);
  expect([open('ended').has('first'), open('begun', 'other').has('first'), one.has('fir'), one.has('')]).toEqual([
    ...[false, false, false, false],
  ]);
});

test('a name is kept for as long as its job can be valid, and then removed', () => {
  const worker = open();
  worker.add('first');
  laterBy(7);
  expect([worker.has('first'), open().has('first')]).toEqual([true, true]);
  worker.add('second');
  expect(files()).toEqual(['vault.begun.2026-11-20', 'vault.begun.2026-11-27']);
  laterBy(3);
  expect([worker.has('first'), worker.has('second'), open().has('first')]).toEqual([false, true, false]);
  expect(files()).toEqual(['vault.begun.2026-11-27']);
});

test('a year of runs leaves a few files', () => {
  const worker = open();
  for (let day = 0; day < 365; day += 1) {
    worker.add(`run-${day}`);
    laterBy(1);
  }
  expect(files().length).toBeLessThanOrEqual(10);
  expect([worker.has('run-364'), worker.has('run-300')]).toEqual([true, false]);
});
