import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillScript } from '../../../src/definition/scripts/fill/fill-script.ts';
import type { FilledScript } from '../../../src/definition/scripts/fill/filling.ts';
import { loadJavaScriptParser } from '../../../src/definition/scripts/languages/javascript.ts';
import { templateOf } from './fill.ts';
import { type FuzzPlace, NODE_PLACES, OTHER_PLACES, PYTHON_PLACES, SHELL_PLACES } from './fuzz-places.ts';
import { Chance, hostileValue } from './fuzz-values.ts';

/** `LONG=1` for all of them; `SEED=7` for others. */
const TRIPLES = process.env.LONG ? 100_000 : 10_000;
const SEED = Number(process.env.SEED ?? 1);
const BATCH = 250;

interface Interpreter {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly places: readonly FuzzPlace[];
  readonly language: NonNullable<FuzzPlace['language']>;
  /** How many of ten triples it gets. */
  readonly share: number;
}

const PORTABLE = SHELL_PLACES.filter(({ only }) => only === undefined);
const INTERPRETERS: readonly Interpreter[] = [
  { name: 'bash', command: ['bash', 'driver'], places: SHELL_PLACES, language: 'bash', share: 3 },
  { name: 'dash', command: ['dash', 'driver'], places: PORTABLE, language: 'sh', share: 2 },
  { name: 'busybox', command: ['busybox', 'sh', 'driver'], places: PORTABLE, language: 'sh', share: 2 },
  { name: 'python', command: ['python3', 'driver'], places: PYTHON_PLACES, language: 'python', share: 1.4 },
  { name: 'node', command: ['node', 'driver'], places: NODE_PLACES, language: 'node', share: 1.4 },
  { name: 'ruby', command: ['ruby', 'driver'], places: OTHER_PLACES, language: 'other', share: 0.2 },
];

interface Case {
  readonly place: FuzzPlace;
  readonly value: string;
  readonly filled: FilledScript;
}

type Fill = (place: FuzzPlace, argument: string, value: string, interpreter: Interpreter) => FilledScript;

const byReference: Fill = ({ script, words }, argument, value, { language }) =>
  fillScript({
    template: templateOf(script.replaceAll('@', `{{ .${argument} }}`)),
    language,
    values: { [argument]: value },
    args: new Map([[argument, { schema: { type: 'string' }, words }]]),
  });

/** What fills text: for the controls. */
const asText: Fill = ({ script }, _argument, value) => ({ script: script.replaceAll('@', () => value), variables: {} });

/** What was filled before: text of a small alphabet. */
const byAlphabet: Fill = (place, argument, value, interpreter) =>
  /^[A-Za-z0-9_@%+=:,./ -]*$/.test(value) && !value.startsWith('-')
    ? asText(place, argument, value, interpreter)
    : { faults: [] };

let folder: string;
beforeAll(async () => {
  await loadJavaScriptParser();
  folder = mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/PWN'), '#!/bin/sh\n: > PWNED\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHELL_DRIVER = `rec() { for one in "$@"; do printf '%s\\0' "$one"; done >> "$HERE/out$CASE"; }\n`;
const DRIVERS: Readonly<Record<string, (cases: readonly number[]) => string>> = {
  python: (cases) => `import sys
def run(n):
    out = open("out%d" % n, "ab")
    def rec(text): out.write(text.encode("utf-8", "surrogatepass") + b"\\0")
    try: exec(compile(open("case%d" % n, encoding="utf-8", newline="").read(), "case", "exec"), {"rec": rec})
    except Exception as error: rec(repr(error))
    out.close()
for n in ${JSON.stringify(cases)}: run(n)\n`,
  node: (cases) => `const fs = require('fs');
for (const n of ${JSON.stringify(cases)}) {
  const rec = (text) => fs.appendFileSync('out' + n, text + '\\0');
  try { new Function('rec', 'require', fs.readFileSync('case' + n, 'utf8'))(rec, require); } catch (error) { rec(String(error)); }
}\n`,
  other: (cases) =>
    `for n in ${JSON.stringify(cases)}; begin; eval(File.read("case#{n}")); rescue Exception; end; end\n`,
};

/** @returns what each case recorded, and whether the marker ran */
function runBatch(
  interpreter: Interpreter,
  cases: readonly Case[],
  number: number,
): { got: (string[] | undefined)[]; pwned: boolean } {
  const here = join(folder, `batch${number}`);
  mkdirSync(here);
  const variables: Record<string, string> = {};
  const run: number[] = [];
  for (const [index, { filled }] of cases.entries()) {
    if (!('script' in filled)) continue;
    Object.assign(variables, filled.variables);
    writeFileSync(join(here, `case${index}`), `${filled.script}\n`);
    run.push(index);
  }
  const shell = () => SHELL_DRIVER + run.map((index) => `CASE=${index}; ( . ./case${index} )\n`).join('');
  writeFileSync(join(here, 'driver'), (DRIVERS[interpreter.language] ?? shell)(run));
  const [file, ...args] = interpreter.command;
  const path = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const locale = number % 2 === 0 ? 'C.UTF-8' : 'C';
  spawnSync(file, args, {
    cwd: here,
    env: { ...variables, PATH: path, HERE: here, LC_ALL: locale, PYTHONIOENCODING: 'utf-8', HOME: here },
    stdio: 'ignore',
    timeout: 60_000,
  });
  const got = cases.map((_, index) => recorded(join(here, `out${index}`)));
  const pwned = readdirSync(here).some((name) => name.startsWith('PWNED'));
  rmSync(here, { recursive: true, force: true });
  return { got, pwned };
}

function recorded(path: string): string[] | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\0').slice(0, -1) : undefined;
}

interface Outcome {
  ran: number;
  refused: number;
  batches: number;
  pwned: string[];
  lost: string[];
}

function fuzz(interpreter: Interpreter, triples: number, fill: Fill, seed: number): Outcome {
  const chance = new Chance(seed);
  const outcome: Outcome = { ran: 0, refused: 0, batches: 0, pwned: [], lost: [] };
  for (let done = 0; done < triples; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, triples - done) }, (_, index): Case => {
      const place = chance.pick(interpreter.places);
      const value = hostileValue(chance);
      return { place, value, filled: fill(place, `x${index}`, value, interpreter) };
    });
    const { got, pwned } = runBatch(interpreter, cases, outcome.batches++);
    if (pwned) outcome.pwned.push(JSON.stringify(cases.map(({ place, value }) => [place.script, value]).slice(0, 300)));
    for (const [index, { place, value, filled }] of cases.entries()) {
      if (!('script' in filled)) outcome.refused++;
      else {
        outcome.ran++;
        const wanted = place.expected?.(value);
        if (wanted !== undefined && JSON.stringify(got[index] ?? []) !== JSON.stringify(wanted))
          outcome.lost.push(
            JSON.stringify({ script: place.script, value, filled: filled.script, got: got[index], wanted }),
          );
      }
    }
  }
  return outcome;
}

describe(`values in places (seed ${SEED}, ${TRIPLES} triples)`, () => {
  test.each(INTERPRETERS)(
    '$name: no value runs anything, and each that is taken arrives whole',
    (interpreter) => {
      const { pwned, lost, ran } = fuzz(interpreter, Math.round((TRIPLES * interpreter.share) / 10), byReference, SEED);
      expect(lost.slice(0, 5)).toEqual([]);
      expect(pwned.slice(0, 1)).toEqual([]);
      expect(ran).toBeGreaterThan(0);
    },
    1_800_000,
  );

  const [bash] = INTERPRETERS;
  test('it can fail: with text filled in as it is, and with the old alphabet, something runs or does not arrive', () => {
    if (bash === undefined) throw new Error('no bash');
    expect(fuzz(bash, 1_000, asText, SEED).pwned.length).toBeGreaterThan(0);
    const old = fuzz(bash, 3_000, byAlphabet, SEED);
    expect(old.pwned.length + old.lost.length).toBeGreaterThan(0);
  }, 300_000);
});

test('the interpreters of the fuzz are here', () => {
  for (const name of ['bash', 'dash', 'busybox', 'python3', 'node', 'perl', 'ruby', 'awk', 'sed'])
    expect(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()).not.toBe('');
});
