import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import { writeGroupSetting } from '../../../src/project/secrets/group-setting.ts';
import { Repository } from '../../rig/repository.ts';

async function written(text: string | undefined, name = 'dev'): Promise<string> {
  using repository = new Repository(text === undefined ? {} : { 'lockstep.yaml': text });
  await writeGroupSetting(repository.root, name);
  return readFileSync(join(repository.root, 'lockstep.yaml'), 'utf8');
}

describe('`group:` of lockstep.yaml', () => {
  test.each([
    [undefined, 'group: dev\n'],
    ['', 'group: dev\n'],
    ['# nothing yet\n', '# nothing yet\ngroup: dev\n'],
    ['# head\nmaxParallel: 2 # at most\n\n# tail', '# head\nmaxParallel: 2 # at most\n\n# tail\ngroup: dev\n'],
    ['maxParallel: 2\r\n', 'maxParallel: 2\r\ngroup: dev\r\n'],
    ['# x\ngroup:   old   # the default\nmaxParallel: 2\n', '# x\ngroup:   dev   # the default\nmaxParallel: 2\n'],
    ['{group: "old", maxParallel: 2}\n', '{group: dev, maxParallel: 2}\n'],
  ])('%j becomes %j', async (before, after) => {
    expect(await written(before)).toBe(after);
  });

  test('is written as text, whatever the name', async () => {
    expect(await written('', 'true')).toBe('group: "true"\n');
  });

  test.each(['{maxParallel: 2}\n', 'maxParallel: 2\n...\n', 'a: 1\n---\nb: 2\n', 'a: [\n', '- a list\n'])(
    '%j is left as it is, with the line to write',
    async (text) => {
      using repository = new Repository({ 'lockstep.yaml': text });
      const error = await writeGroupSetting(repository.root, 'dev').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LockstepError);
      expect((error as LockstepError).hints.join()).toContain('`group: dev`');
      expect(readFileSync(join(repository.root, 'lockstep.yaml'), 'utf8')).toBe(text);
    },
  );

  test('follows no link', async () => {
    using repository = new Repository({ 'elsewhere.yaml': 'maxParallel: 2\n' });
    symlinkSync('elsewhere.yaml', join(repository.root, 'lockstep.yaml'));
    await expect(writeGroupSetting(repository.root, 'dev')).rejects.toThrow('symbolic link');
    expect(readFileSync(join(repository.root, 'elsewhere.yaml'), 'utf8')).toBe('maxParallel: 2\n');
  });
});
