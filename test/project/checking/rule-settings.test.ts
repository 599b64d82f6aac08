import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isAdvice, PROBLEM_CODES } from '../../../src/text/problem.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** `FILE:LINE:COLUMN severity code`, and the message where it speaks of the settings or comments themselves. */
async function checked(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  workshop = new Workshop(files);
  const { report } = await (await workshop.project()).check();
  return report.problems.map(({ file, line, column, severity, code, message }) => {
    const says = /^(?:schema\/|style\/unused-ignore)/.test(code) ? `: ${message}` : '';
    return `${file}:${line}:${column} ${severity} ${code}${says}`;
  });
}

/** Gives secret/unchecked, and nothing else. In a folder where the workshop puts no head of its own above it. */
const TOOL = `kind: tool
name: a
description: About a secret.
secrets:
  - TOKEN
steps:
  - {id: a, run: 'echo $TOKEN'}
`;

const UNCHECKED = 'tools/x/a.yaml:5:5';

describe('rules: in lockstep.yaml', () => {
  const withRules = (rules: string) => checked({ 'tools/x/a.yaml': TOOL, 'lockstep.yaml': `rules: ${rules}\n` });

  test.each([
    ['{}', [`${UNCHECKED} warning secret/unchecked`]],
    ['{secret/unchecked: off}', []],
    ['{secret/unchecked: error}', [`${UNCHECKED} error secret/unchecked`]],
    ['{secret/unchecked: warning}', [`${UNCHECKED} warning secret/unchecked`]],
  ])('%s', async (rules, said) => {
    expect(await withRules(rules)).toEqual(said);
  });

  test('a code takes precedence over its group', async () => {
    const files = {
      'tools/x/a.yaml': `# lockstep-ignore: style/gone\n${TOOL}`,
      'tools/x/b.yaml': TOOL.replace('name: a', 'name: b'),
    };
    const strict = { 'lockstep.yaml': 'rules: {style/*: error, secret/unchecked: off}\n' };
    expect(await checked({ ...files, ...strict })).toEqual([
      expect.stringMatching(/^tools\/x\/a\.yaml:1:20 error style\/unused-ignore/),
    ]);
    const lax = { 'lockstep.yaml': 'rules: {style/*: error, style/unused-ignore: off, secret/unchecked: off}\n' };
    expect(await checked({ ...files, ...lax })).toEqual([]);
  });

  test.each([
    ['{secret/unchekced: off}', 'lockstep.yaml:1:9 error schema/unknown-key: unknown key "secret/unchekced"'],
    ['{secret/unchecked: never}', 'lockstep.yaml:1:27 error schema/value: "secret/unchecked" cannot be "never"'],
    [
      '{reference/cycle: off}',
      'lockstep.yaml:1:9 error schema/value: reference/cycle cannot be set: nothing can run safely with it',
    ],
    [
      '{secret/ungranted: warning}',
      'lockstep.yaml:1:9 error schema/value: secret/ungranted cannot be set: nothing can run safely with it',
    ],
  ])('refuses %s', async (rules, said) => {
    expect(await withRules(rules)).toContain(said);
  });

  test('of another group than style/* are refused, and settle nothing', async () => {
    expect(await withRules('{secret/*: off}')).toEqual([
      'lockstep.yaml:1:9 error schema/unknown-key: unknown key "secret/*"',
      `${UNCHECKED} warning secret/unchecked`,
    ]);
  });

  test('cannot weaken a run or a plan', async () => {
    workshop = new Workshop({
      'tools/x/a.yaml': TOOL,
      'lockstep.yaml': 'rules: {secret/unchecked: off, style/*: off}\n',
    });
    const { outcome } = await workshop.run('a');
    expect(outcome).toMatchObject({ status: 'failed', problems: [{ code: 'secret/unknown' }] });
    expect((await (await workshop.project()).plan('a')).problems.map(({ severity, code }) => severity + code)).toEqual([
      'errorsecret/unknown',
    ]);
  });

  test('the schema has every code that can be set, and no other', () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../schemas/lockstep.schema.json'), 'utf8'));
    const advice = Object.keys(PROBLEM_CODES).filter(isAdvice);
    expect(Object.keys(schema.properties.rules.properties).sort()).toEqual([...advice, 'style/*'].sort());
    workshop = new Workshop();
  });
});

describe('# lockstep-ignore', () => {
  const written = (change: (text: string) => string) => checked({ 'tools/x/a.yaml': change(TOOL) });

  test.each<[string, (text: string) => string]>([
    [
      'above the line',
      (text) => text.replace('  - TOKEN', '  # lockstep-ignore: secret/unchecked no vault yet\n  - TOKEN'),
    ],
    ['at its end', (text) => text.replace('TOKEN', 'TOKEN  # lockstep-ignore: secret/unchecked')],
    ['with lines between', (text) => text.replace('  - T', '# lockstep-ignore: secret/unchecked\n\n# why\n  - T')],
    ['for the file', (text) => `# lockstep-ignore-file: secret/unchecked\n${text}`],
    ['in a list', (text) => text.replace('TOKEN', 'TOKEN # lockstep-ignore: style/*,secret/unchecked x')],
  ])('%s', async (_, change) => {
    expect((await written(change)).filter((one) => !one.includes('style/*'))).toEqual([]);
  });

  test.each<[string, (text: string) => string, string]>([
    [
      'of what is not there',
      (text) => `${text}# lockstep-ignore: secret/due\n`,
      '8:20 warning style/unused-ignore: there is no secret/due here to ignore',
    ],
    [
      'with a slip',
      (text) => `${text}# lockstep-ignore: secret/unchekced\n`,
      '8:20 warning style/unused-ignore: there is no problem secret/unchekced',
    ],
    [
      'of nothing',
      (text) => `${text}# lockstep-ignore\n`,
      '8:1 warning style/unused-ignore: this comment names no problem',
    ],
    [
      'for the file, not at its top',
      (text) => `${text}# lockstep-ignore-file: secret/unchecked\n`,
      '8:1 warning style/unused-ignore: this comment is not at the top of the file',
    ],
    [
      'of an error',
      (text) => `${text}# lockstep-ignore: schema/type x\n`,
      '8:20 warning style/unused-ignore: schema/type cannot be ignored: nothing can run safely with it',
    ],
  ])('%s is said', async (_, change, said) => {
    expect(await written(change)).toEqual([`${UNCHECKED} warning secret/unchecked`, `tools/x/a.yaml:${said}`]);
  });

  test.each([
    ['a block', '|\n      # lockstep-ignore: secret/unchecked\n      echo $TOKEN'],
    ['double quotes', '"echo $TOKEN # lockstep-ignore: secret/unchecked"'],
    ['single quotes', "'echo $TOKEN\n      # lockstep-ignore: secret/unchecked'"],
  ])('is not a comment within %s', async (_, script) => {
    const steps = `secrets: [TOKEN]\nsteps:\n  - id: a\n    run: ${script}\n`;
    const said = await written((text) => text.replace(/secrets:.*/s, steps));
    expect(said).toEqual(['tools/x/a.yaml:4:11 warning secret/unchecked']);
  });

  test('does not suppress errors, nor problems of another file', async () => {
    const said = await checked({
      'tools/x/a.yaml': `# lockstep-ignore-file: schema/unknown-key, secret/unchecked\n${TOOL}stepz: []\n`,
      'tools/x/b.yaml': TOOL.replace('name: a', 'name: b'),
    });
    expect(said).toEqual([
      expect.stringMatching(
        /^tools\/x\/a\.yaml:1:25 warning style\/unused-ignore: schema\/unknown-key cannot be ignored/,
      ),
      'tools/x/a.yaml:9:1 error schema/unknown-key: unknown key "stepz"',
      'tools/x/b.yaml:5:5 warning secret/unchecked',
    ]);
  });
});
