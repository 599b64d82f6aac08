import { afterEach, describe, expect, test } from 'vitest';
import { dueOf } from '../../../src/project/checking/due.ts';
import { Project } from '../../../src/project/project.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { valueWarnings } from '../../../src/project/secrets/value-warnings.ts';
import { Workshop } from '../../rig/workshop.ts';

describe('a value is due for rotation', () => {
  test.each([
    ['2026-01-01', '90d', '2026-03-31', null],
    ['2026-01-01', '90d', '2026-04-01', '2026-04-01'],
    ['2026-01-01', '2w', '2026-01-15', '2026-01-15'],
    ['2026-01-31', '1m', '2026-02-27', null],
    ['2026-01-31', '1m', '2026-02-28', '2026-02-28'],
    ['2024-02-29', '1y', '2025-02-28', '2025-02-28'],
    ['2026-11-23', '9999y', '2999-01-01', null],
    ['2026-01-01', undefined, '2999-01-01', null],
  ])('rotated on %s and every %s: on %s since %j', (rotated, rotateEvery, today, on) => {
    const due = dueOf({ rotated, ...(rotateEvery !== undefined && { rotateEvery }) }, today);
    expect(due).toEqual(on === null ? null : { state: 'due', on, because: 'rotateEvery' });
  });

  test.each([
    ['2026-01-16', null],
    ['2026-01-17', 'due'],
    ['2026-01-30', 'due'],
    ['2026-01-31', 'expired'],
    ['2027-01-01', 'expired'],
  ])('because it expires on 2026-01-31: on %s it is %j', (today, state) => {
    expect(dueOf({ rotated: '2026-01-01', expires: '2026-01-31' }, today)?.state ?? null).toBe(state);
  });
});

describe('a project', () => {
  let workshop: Workshop;
  afterEach(() => workshop[Symbol.dispose]());

  const on = (day: string) =>
    Project.open({
      cwd: workshop.root,
      env: { ...workshop.env, LOCKSTEP_IDENTITY_FILE: '/nowhere' },
      clock: () => new Date(day),
    });

  test('judges dates by its clock and without a key: in check, in the list, and until the next value', async () => {
    workshop = await Workshop.open({}, { TOKEN: 'value-of-token', OTHER: 'value-of-other' });
    const mine = new Secrets(await workshop.project());
    await mine.describe('TOKEN', { rotateEvery: '90d' });
    const { rotated } = await mine.show('TOKEN');
    const later = new Date(Date.parse(rotated) + 91 * 86_400_000).toISOString();
    expect((await (await on(rotated)).check()).problems).toEqual([]);
    const due = await (await on(later)).check();
    expect(due.problems.map(({ code, severity }) => [code, severity])).toEqual([['secret/due', 'warning']]);
    expect(due.problems[0]?.at?.source.path).toBe('vault/default/TOKEN.yaml');
    const listed = (await new Secrets(await on(later)).list()).secrets;
    expect(listed.map((one) => [one.name, one.due?.state])).toEqual([
      ['OTHER', undefined],
      ['TOKEN', 'due'],
    ]);
    const then = await Project.open({ cwd: workshop.root, env: workshop.env, clock: () => new Date(later) });
    const report = await new Secrets(then).rotate('TOKEN', Buffer.from('the-next-value'), {});
    expect(report.secret).toMatchObject({ version: 2, rotated: later.slice(0, 10), rotateEvery: '90d' });
    expect((await (await on(later)).check()).problems).toEqual([]);
  });

  test('rotates only an existing secret, and sets dates with the value', async () => {
    workshop = await Workshop.open({}, { TOKEN: 'value-of-token' });
    const mine = new Secrets(await workshop.project());
    await expect(mine.rotate('TOKEM', Buffer.from('value'), {})).rejects.toMatchObject({ code: 'secret/unknown' });
    const wrong = mine.rotate('TOKEN', Buffer.from('value'), { expires: '2027-02-30' });
    await expect(wrong).rejects.toMatchObject({ code: 'metadata/invalid' });
    expect((await mine.show('TOKEN')).version).toBe(1);
    const past = await mine.rotate('TOKEN', Buffer.from('value-2'), { expires: '2020-01-01', rotateEvery: '1y' });
    expect(past.warnings).toEqual([expect.stringContaining('expires on 2020-01-01')]);
    const cleared = await mine.rotate('TOKEN', Buffer.from('value-3'), { expires: null, rotateEvery: null });
    expect(cleared.secret).not.toHaveProperty('expires');
    expect(cleared.secret).not.toHaveProperty('rotateEvery');
    expect(cleared.warnings).toEqual([]);
  });
});

describe('a value is reported as guessable', () => {
  test.each([
    'password',
    'PASSWORD',
    'Passw0rd!',
    '<change-me>',
    'changeme\n',
    'aaaaaaaaaa',
    'DB_PASSWORD',
    'db-password',
  ])('when it is %j', (value) => {
    expect(valueWarnings('DB_PASSWORD', Buffer.from(value))[0]).toBe('the value is easy to guess');
  });

  test.each(['correct horse battery', '9f86d081884c7d65', 'password-of-the-day', 'aaaaaaaaa1'])(
    'and not when it is %j',
    (value) => {
      expect(valueWarnings('DB_PASSWORD', Buffer.from(value))).toEqual([]);
    },
  );

  test.each(['production', 'Frankfurt', 'PRODUCTION', 'db.example.com', 'staging\n'])(
    'as common when it is %j, which occurs in files by chance',
    (value) => {
      expect(valueWarnings('DEPLOY_ENV', Buffer.from(value))[0]).toContain('lockstep scan --help');
    },
  );

  test.each(['prod', 'aBxQzTrewQ', 'qwhjksdfgyuiwehjksdfnmxc', 'production-1', '10.0.0.1'])(
    'and not when it is %j',
    (value) => {
      expect(valueWarnings('DEPLOY_ENV', Buffer.from(value)).join()).not.toContain('ordinary');
    },
  );

  test('never when it is a large binary', () => {
    expect(valueWarnings('BLOB', Buffer.alloc(1024 * 1024, 7))).toEqual([]);
  });

  test.each([
    ['a byte order mark', '\ufefftoken-value', /byte order mark/],
    ['UTF-16', Buffer.from('\ufefftoken-value', 'utf16le'), /UTF-16/],
    ['a lone carriage return', 'token-value\r', /carriage return/],
    ['a no-break space', 'token-value\u00a0', /no-break space/],
    ['a blank at the end', 'token-value ', /blank/],
    ['a blank at the start', '\ttoken-value', /blank/],
  ])('reports that a value has %s', (_, value, said) => {
    expect(valueWarnings('TOKEN', Buffer.from(value))).toEqual([expect.stringMatching(said)]);
  });
});
