import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, InternalError, LockstepError, systemCode, systemReason, unreachable } from '../src/errors.ts';
import { PROBLEM_CODES } from '../src/text/problem.ts';

const source = join(import.meta.dirname, '../src');

/** All of src/ without the two tables of codes. */
const code = globSync('**/*.ts', { cwd: source })
  .map((file) => readFileSync(join(source, file), 'utf8').replace(/export const \w+_CODES = \{.*?\} as const;/s, ''))
  .join('\n');

/** Made of a prefix and a decision's fault (plan/make-plan.ts). */
const COMPOSED = ['secret/unknown', 'secret/ungranted', 'secret/variable'];

describe('codes', () => {
  test('of errors are all thrown somewhere', () => {
    expect(Object.keys(ERROR_CODES).filter((one) => !code.includes(`'${one}'`))).toEqual([]);
  });

  test('of problems are all reported somewhere', () => {
    expect(code).toContain('`secret/${decision.fault');
    const unused = Object.keys(PROBLEM_CODES).filter((one) => !code.includes(`'${one}'`));
    expect(unused.filter((one) => !COMPOSED.includes(one))).toEqual([]);
  });

  test.each(Object.entries({ ...ERROR_CODES, ...PROBLEM_CODES }))(
    '%s has the right form and one clause',
    (name, meaning) => {
      expect(name).toMatch(/^[a-z]+\/[a-z]+(-[a-z]+)*$/);
      expect(meaning).toMatch(/^[^\n.]+(\.yaml[^\n.]*)?$/);
      expect(meaning).not.toMatch(/^[A-Z][a-z]/);
    },
  );

  test('of problems begin with the thing that is read or decided', () => {
    const known = ['args', 'expression', 'kubiya', 'reference', 'run', 'schema', 'secret', 'style', 'yaml'];
    for (const one of Object.keys(PROBLEM_CODES)) expect(known, one).toContain(one.split('/')[0]);
  });
});

describe('errors', () => {
  test('carry their code and hints', () => {
    const error = new LockstepError('vault/missing', 'no vault', ['lockstep init']);
    expect(error).toMatchObject({ name: 'LockstepError', code: 'vault/missing', message: 'no vault' });
    expect(error.hints).toEqual(['lockstep init']);
    expect(new LockstepError('vault/missing', 'no vault').hints).toEqual([]);
  });

  test('the code of a system error is read only from a system error', () => {
    expect(systemCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(systemCode(Object.assign(new Error('x'), { code: 5 }))).toBeUndefined();
    expect(systemCode({ code: 'ENOENT' })).toBeUndefined();
    expect(systemCode(null)).toBeUndefined();
    expect(systemReason(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(systemReason(new Error('what it quotes'))).toBe('unknown reason');
  });

  test('an unhandled case is a bug', () => {
    expect(() => unreachable('x' as never)).toThrow(InternalError);
  });
});
