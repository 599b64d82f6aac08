import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { definitionFiles, folderProblem, readSource } from '../../../src/project/repository/read-source.ts';
import { SourceFile } from '../../../src/text/source.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop[Symbol.dispose]());

const LINK = 'the file is a symbolic link, or lies below one; it is not read';

describe('readSource', () => {
  test('gives the text of a file, without its byte order mark', () => {
    workshop.write('a.yaml', '\ufeffkind: tool\n');
    const read = readSource(workshop.root, 'a.yaml');
    expect(read).toBeInstanceOf(SourceFile);
    expect(read).toMatchObject({ path: 'a.yaml', text: 'kind: tool\n' });
  });

  test('gives null where the file does not exist', () => {
    expect(readSource(workshop.root, 'a.yaml')).toBeNull();
    expect(readSource(workshop.root, 'no/such/a.yaml')).toBeNull();
  });

  test.each<[string, (path: string) => void, string]>([
    ['a folder', (path) => mkdirSync(path), 'the file is not a regular file'],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'the file is not a regular file'],
    ['too large', (path) => writeFileSync(path, 'x'.repeat(1024 * 1024 + 1)), 'the file is larger than 1048576 bytes'],
    ['not UTF-8', (path) => writeFileSync(path, Buffer.from([0x6b, 0xff])), 'the file is not UTF-8 text'],
    ['a link to nothing', (path) => symlinkSync('nowhere', path), LINK],
    ['a link out of the repository', (path) => symlinkSync('/etc/passwd', path), LINK],
    ['a link to another file of the repository', (path) => symlinkSync('lockstep.yaml', path), LINK],
    ['a link to itself', (path) => symlinkSync('a.yaml', path), LINK],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path), LINK],
  ])('a problem where it is no text file that we read: %s', (_, make, message) => {
    make(join(workshop.root, 'a.yaml'));
    expect(readSource(workshop.root, 'a.yaml')).toMatchObject({ code: 'yaml/unreadable', message });
  });

  test('a file below a linked folder is not read, inside the repository or outside', () => {
    workshop.write('real/x.yaml', 'x');
    mkdirSync(`${workshop.root}-evil`);
    writeFileSync(`${workshop.root}-evil/x.yaml`, 'x');
    symlinkSync('real', join(workshop.root, 'inside'));
    symlinkSync(`${workshop.root}-evil`, join(workshop.root, 'outside'));
    for (const folder of ['inside', 'outside'])
      expect(readSource(workshop.root, `${folder}/x.yaml`)).toMatchObject({ message: LINK });
  });

  test('exactly 1 MiB is read', () => {
    workshop.write('a.yaml', '#'.repeat(1024 * 1024));
    expect(readSource(workshop.root, 'a.yaml')).toBeInstanceOf(SourceFile);
  });
});

describe('definitionFiles', () => {
  test('finds YAML and JSON below the folders, sorted, each once, but not what is hidden or installed', () => {
    for (const path of [
      'tools/b.yaml',
      'tools/a.yml',
      'tools/deep/er/c.JSON',
      'tools/.hidden.yaml',
      'tools/.git/x.yaml',
      'tools/node_modules/x.yaml',
      'tools/readme.md',
      'agents/d.yaml',
      'elsewhere/e.yaml',
    ])
      workshop.write(path, '# x\n');
    expect(definitionFiles(workshop.root, ['tools', './tools/', 'agents', 'nowhere'])).toEqual([
      'agents/d.yaml',
      'tools/a.yml',
      'tools/b.yaml',
      'tools/deep/er/c.JSON',
    ]);
  });

  test('follows no linked folder, so that it cannot loop', () => {
    workshop.write('tools/a.yaml', '# x\n');
    symlinkSync('..', join(workshop.root, 'tools/up'));
    symlinkSync('/etc', join(workshop.root, 'tools/etc'));
    expect(definitionFiles(workshop.root, ['tools'])).toEqual(['tools/a.yaml']);
  });
});

describe('a definition folder', () => {
  test.each([
    ['a link to the outside', 'tools', () => symlinkSync('/', join(workshop.root, 'tools'))],
    ['below a link', 'ops/tools', () => symlinkSync('/usr', join(workshop.root, 'ops'))],
    ['outside', '../other', () => mkdirSync(join(workshop.root, '../other'))],
  ])('that is %s is named once and not walked', (_, folder, make) => {
    make();
    expect(definitionFiles(workshop.root, [folder])).toEqual([]);
    expect(folderProblem(workshop.root, folder)).toMatchObject({
      code: 'yaml/unreadable',
      message: expect.stringContaining(`the definition folder "${folder}"`),
    });
  });

  test('that does not exist has no problem', () => {
    expect(folderProblem(workshop.root, 'tools')).toBeNull();
  });
});
