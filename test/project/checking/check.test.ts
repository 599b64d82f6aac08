import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const GOOD = 'secrets: [TOKEN]\nsteps: [{id: a, run: echo $TOKEN}]';
const check = async (...paths: string[]) => (await (await workshop.project()).check(paths)).report;

describe('check', () => {
  test('reports no problem in valid definitions, and counts them', async () => {
    workshop = await Workshop.open({ 'tools/good.yaml': GOOD }, { TOKEN: 'value-of-token' });
    const counts = { files: 1, tools: 1, agents: 0, errors: 0, warnings: 0 };
    expect(await check()).toEqual({ ok: true, problems: [], counts });
  });

  test('reports all problems of definitions, settings and vault at once, each with its place', async () => {
    workshop = await Workshop.open(
      { 'tools/good.yaml': GOOD, 'tools/bad.yaml': 'stepz: []\nsteps: [{id: a, run: x}]', 'tools/unreadable.yaml': '' },
      { TOKEN: 'value-of-token' },
    );
    workshop.write('lockstep.yaml', 'groop: x\n');
    writeFileSync(join(workshop.root, 'tools/unreadable.yaml'), Buffer.from([0xff]));
    workshop.write('vault/default/TOKEN.yaml', 'not a secret\n');
    workshop.write('vault/stray/FILE.yaml', 'x\n');
    const { ok, problems } = await check();
    expect(ok).toBe(false);
    expect(problems.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      'lockstep.yaml:1 schema/unknown-key',
      'tools/bad.yaml:3 schema/unknown-key',
      'tools/unreadable.yaml:1 yaml/unreadable',
      'vault/default/TOKEN.yaml:1 secret/vault',
      'vault/stray:1 secret/vault',
    ]);
  });

  test('does not report a damaged secret as missing, nor any secret where the vault cannot be read', async () => {
    workshop = await Workshop.open({ 'tools/good.yaml': GOOD }, { TOKEN: 'value-of-token' });
    workshop.write('vault/default/TOKEN.yaml', '');
    expect((await check()).problems.map((one) => one.code)).toEqual(['secret/vault']);
    workshop.write('vault/vault.yaml', '');
    expect((await check()).problems.map((one) => one.code)).toEqual(['secret/vault']);
  });

  test('of some paths reports only their problems, but reads the rest to judge them', async () => {
    workshop = new Workshop({
      'tools/calls.yaml': 'steps: [{id: a, uses: other}]',
      'tools/other.yaml': 'stepz: 1\nsteps: [{id: a, run: x}]',
      'drafts/new.yaml': 'kind: tool\nname: new\nsteps: [{id: a, uses: nowhere}]',
    });
    expect((await check('tools/calls.yaml')).ok).toBe(true);
    expect((await check('tools')).problems.map((one) => one.file)).toEqual(['tools/other.yaml']);
    expect((await check('drafts/new.yaml')).problems.map((one) => one.code)).toEqual(['reference/unknown-tool']);
    expect((await check('.')).problems.map((one) => one.file)).toEqual(['tools/other.yaml']);
  });

  test('of staged files leaves out the warnings of other files, but no error', async () => {
    const warned = 'secrets: [A]\nsteps: [{id: a, run: echo $A}]';
    workshop = new Workshop({
      'tools/staged.yaml': warned,
      'tools/other.yaml': warned,
      'tools/broken.yaml': 'steps: [{id: a, runn: x}]',
    });
    for (const args of [
      ['init', '-q'],
      ['add', 'tools/staged.yaml'],
    ])
      execFileSync('git', args, { cwd: workshop.root });
    const { report } = await (await workshop.project()).check([], workshop.root, { staged: true });
    expect(report.problems.map(({ file, severity }) => `${severity} ${file}`)).toEqual([
      'error tools/broken.yaml',
      'warning tools/staged.yaml',
    ]);
  });

  test.each([
    ['outside', '../x', 'lies outside the repository'],
    ['not there', 'tools/nowhere.yaml', '"tools/nowhere.yaml" does not exist'],
  ])('refuses a path that is %s', async (_, path, said) => {
    workshop = new Workshop({ 'tools/good.yaml': GOOD });
    await expect(check(path)).rejects.toMatchObject({ code: 'usage/invalid', message: expect.stringContaining(said) });
  });
});
