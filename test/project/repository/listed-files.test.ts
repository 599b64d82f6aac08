import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listedFiles } from '../../../src/project/repository/listed-files.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function listed(files: string, others: Record<string, string>) {
  workshop = new Workshop({ 'tools/main.yaml': `files: ${files}\nsteps: [{id: a, run: 'true'}]`, ...others });
  return async () => {
    const found = listedFiles(workshop.root, (await workshop.project()).tool('main'));
    return { facts: found.facts, faults: Object.fromEntries(found.faults) };
  };
}

describe('the files that a tool lists', () => {
  test('are found relative to the definition, by name and by glob, each once, sorted', async () => {
    const look = await listed('[./z.sh, lib/*.py, "lib/**", ../shared.txt]', {
      'tools/z.sh': 'z',
      'tools/lib/b.py': 'b',
      'tools/lib/a.py': 'a',
      'tools/lib/deep/c.txt': 'c',
      'shared.txt': 's',
      'tools/other.txt': 'not listed',
    });
    chmodSync(join(workshop.root, 'tools/z.sh'), 0o755);
    expect(await look()).toEqual({
      facts: [
        ['shared.txt', false, sha256('s')],
        ['tools/lib/a.py', false, sha256('a')],
        ['tools/lib/b.py', false, sha256('b')],
        ['tools/lib/deep/c.txt', false, sha256('c')],
        ['tools/z.sh', true, sha256('z')],
      ],
      faults: {},
    });
  });

  test('that match nothing, lie outside the repository or are links are reported with the reason', async () => {
    const look = await listed('[nothing.sh, "no/*", ../../outside.txt, link, ../../../../../../etc/passwd]', {
      '../outside.txt': 'outside',
    });
    symlinkSync('/etc/passwd', join(workshop.root, 'tools/link'));
    expect(await look()).toEqual({
      facts: [],
      faults: {
        'nothing.sh': 'matches no file of the repository',
        'no/*': 'matches no file of the repository',
        '../../outside.txt': 'matches no file of the repository',
        link: 'is a symbolic link, or lies below one: list the file itself',
        '../../../../../../etc/passwd': 'matches no file of the repository',
      },
    });
  });
});

describe('a pattern is matched, or refused, in bounded work', () => {
  const long = `d/${'a'.repeat(200)}`;

  test.each([
    ['braces that multiply', '{a,b}'.repeat(24), 'is not a pattern'],
    ['a range', '{1..9999999}', 'is not a pattern'],
    ['folders of any depth, many times', `${'**/'.repeat(12)}x`, 'matches no file'],
    ['the whole machine', `${'../'.repeat(9)}**/*.nothing`, 'matches no file'],
    ['alternatives that overlap', `${'+(a|aa)'.repeat(30)}b`, 'is not a pattern'],
    ['many stars', `d/${'*a'.repeat(40)}b`, 'matches no file'],
  ])('%s', async (_, pattern, fault) => {
    const look = await listed(`['${pattern}']`, { [`tools/${long}`]: '' });
    expect((await look()).faults).toEqual({ [pattern]: expect.stringContaining(fault) });
  });
});

describe('the digest that a pinned grant names', () => {
  const digest = async () => {
    const project = await workshop.project();
    return project.digest(project.tool('main'));
  };

  test('changes with the bytes and the executable bit of a listed file, and with nothing else around it', async () => {
    await listed('[./check.sh]', { 'tools/check.sh': 'one', 'tools/other.sh': 'x' });
    const before = await digest();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    workshop.write('tools/other.sh', 'y');
    expect(await digest()).toBe(before);
    workshop.write('tools/check.sh', 'two');
    const changed = await digest();
    expect(changed).not.toBe(before);
    workshop.write('tools/check.sh', 'one');
    expect(await digest()).toBe(before);
    chmodSync(join(workshop.root, 'tools/check.sh'), 0o755);
    expect(await digest()).not.toBe(before);
  });

  test('keeps the secret from a tool whose file has changed since', async () => {
    workshop = await Workshop.open(
      { 'tools/main.yaml': 'secrets: [A]\nfiles: [check.sh]\nsteps: [{id: a, run: "true"}]', 'tools/check.sh': 'one' },
      {},
    );
    await workshop.set('A', 'value-of-a', [`tool:main@sha256:${await digest()}`]);
    expect((await workshop.run('main')).outcome.status).toBe('succeeded');
    workshop.write('tools/check.sh', 'two');
    expect((await workshop.run('main')).outcome).toMatchObject({
      status: 'failed',
      problems: [{ code: 'secret/ungranted', message: expect.stringContaining('one of its files has changed') }],
    });
  });
});
