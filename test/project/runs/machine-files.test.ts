import { copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { trustMachineFiles } from '../../../src/project/runs/machine-files.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const TOOL =
  'image: localhost/x:1\ncontainer: {files: [{path: /root/.kube/config, from: ~/.kube/config}]}\nsteps: [{id: a, run: echo}]\n';

/** A vault, so that there are an identity and what this machine remembers; and a file that may be handed out. */
async function open(file = 'config', tools = '[kubectl]'): Promise<void> {
  workshop = await Workshop.open({ 'tools/kubectl.yaml': TOOL, 'tools/other.yaml': TOOL });
  writeFileSync(join(workshop.place, 'config'), 'token of the cluster');
  hand(file, tools);
}

function hand(file: string, tools = '[kubectl]'): void {
  const path = file.startsWith('/') ? file : join(workshop.place, file);
  workshop.write('lockstep.yaml', `machineFiles: {~/.kube/config: {file: ${path}, tools: ${tools}}}\n`);
}

async function accept(): Promise<void> {
  await trustMachineFiles(workshop.root, (await workshop.project()).snapshot.config, workshop.env);
}

async function problemsOf(tool: string): Promise<readonly string[]> {
  const { problems } = await (await workshop.project()).plan(tool);
  return problems.filter(({ code }) => code === 'reference/unknown-file').map(({ message }) => message);
}

const UNACCEPTED = expect.stringContaining('and this machine has not accepted that');

describe('a file of the machine that lockstep.yaml provides', () => {
  test('reaches a tool only once the user of the machine has accepted the current list', async () => {
    await open();
    expect(await problemsOf('kubectl')).toEqual([UNACCEPTED]);
    await accept();
    expect(await problemsOf('kubectl')).toEqual([]);
  });

  test.each([
    ['names another file', () => hand('home/.ssh')],
    ['names another tool', () => hand('config', '[kubectl, other]')],
  ])('is refused again when the list %s, regardless of who pushed that', async (_, push) => {
    await open();
    await accept();
    push();
    expect(await problemsOf('kubectl')).toEqual([UNACCEPTED]);
  });

  test('reaches no tool that the list does not name', async () => {
    await open();
    await accept();
    expect(await problemsOf('other')).toEqual([
      expect.stringContaining('is a file of this machine, which steps do not get'),
    ]);
  });

  test('is part of the digest of the tools that get it, and of no other', async () => {
    await open();
    const digests = async () => {
      const project = await workshop.project();
      return ['kubectl', 'other'].map((name) => project.digest(project.tool(name)));
    };
    const before = await digests();
    hand('elsewhere');
    const after = await digests();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });
});

describe('no list provides', () => {
  const identity = () => join(workshop.place, 'home/.config/lockstep/identity.txt');
  const places: [string, () => string, string][] = [
    ['the identity', identity, 'belongs to Lockstep itself'],
    ['the folder of the identity', () => join(identity(), '..'), 'belongs to Lockstep itself'],
    ['what this machine remembers', () => join(workshop.place, 'state'), 'belongs to Lockstep itself'],
    ['a file that is not there', () => join(workshop.place, 'nothing'), 'does not exist'],
    ['a folder', () => join(workshop.place, 'home'), 'is not a regular file'],
    ['the environment of this process', () => '/proc/self/environ', 'is made by the kernel'],
    ['a device', () => '/dev/zero', 'is made by the kernel'],
    [
      'a link to the identity',
      () => {
        symlinkSync(identity(), join(workshop.place, 'link'));
        return join(workshop.place, 'link');
      },
      'belongs to Lockstep itself',
    ],
    [
      'what lies below a link to the state folder',
      () => {
        mkdirSync(join(workshop.place, 'state/trust'), { recursive: true });
        writeFileSync(join(workshop.place, 'state/trust/x'), '');
        symlinkSync(join(workshop.place, 'state'), join(workshop.place, 'link'));
        return join(workshop.place, 'link/trust/x');
      },
      'belongs to Lockstep itself',
    ],
    [
      'a link of the repository, where anyone who can push decides where it leads',
      () => {
        symlinkSync(join(workshop.place, 'config'), join(workshop.root, 'link'));
        return join(workshop.root, 'link');
      },
      'lies in the repository or is reached through it',
    ],
    [
      'what a link of the repository leads to, by a link of the machine',
      () => {
        symlinkSync(workshop.place, join(workshop.root, 'back'));
        symlinkSync(join(workshop.root, 'back'), join(workshop.place, 'link'));
        return join(workshop.place, 'link/config');
      },
      'lies in the repository or is reached through it',
    ],
    [
      'a copy of the identity',
      () => {
        copyFileSync(identity(), join(workshop.place, 'copy'));
        return join(workshop.place, 'copy');
      },
      'holds an age identity',
    ],
    [
      'a large file',
      () => {
        writeFileSync(join(workshop.place, 'large'), Buffer.alloc(1024 * 1024 + 1));
        return join(workshop.place, 'large');
      },
      'is larger than 1 MiB',
    ],
  ];

  test.each(places)('%s, accepted or not', async (_, path, why) => {
    await open();
    hand(path());
    expect(await problemsOf('kubectl')).toEqual([UNACCEPTED]);
    await accept();
    expect(await problemsOf('kubectl')).toEqual([expect.stringContaining(`and it ${why}`)]);
  });

  test('the identity under a second name (hard link)', async () => {
    await open();
    linkSync(identity(), join(workshop.place, 'second'));
    hand('second');
    await accept();
    await expect(problemsOf('kubectl')).rejects.toThrow('has a second name');
  });
});
