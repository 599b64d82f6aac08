import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { trustSandbox } from '../../../src/project/runs/sandbox-list.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const TOOL = 'sandbox: true\nsteps: [{id: a, run: echo}]\n';

async function problemsWith(list: string): Promise<readonly string[]> {
  workshop = new Workshop({ 'tools/t.yaml': TOOL, 'lockstep.yaml': `sandbox: {${list}}\n` });
  return (await (await workshop.project()).plan('t')).problems.map(({ message }) => message);
}

describe('a committed list of paths to show in sandboxes', () => {
  test.each([
    ...['bind: [/run]', 'bind: [/var/run]', 'bind: [/proc]', 'bind: [/dev]', 'bind: [/etc]', 'bind: [/var/lib]'],
    ...['bind: [/]', 'bind: [/tmp]', 'bind: [~/x]', 'bind: [/usr/../etc]', 'ports: [2375]'],
  ])('counts only once the user has accepted it: %s', async (list) => {
    const refusal = expect.stringContaining('this machine has not accepted the list');
    expect(await problemsWith(list)).toContainEqual(refusal);
    const project = await workshop.project();
    await trustSandbox(workshop.root, project.snapshot.config.sandbox, workshop.env);
    expect((await project.plan('t')).problems.map(({ message }) => message)).not.toContainEqual(refusal);
  });

  test('counts at once where it shows folders of programs', async () => {
    expect(await problemsWith('bind: [/usr/share, /usr/lib]')).toEqual([]);
  });

  test('is judged by where a path leads', async () => {
    workshop = new Workshop({ 'tools/t.yaml': TOOL });
    const link = join(workshop.place, 'link');
    symlinkSync('/usr/share', link);
    workshop.write('lockstep.yaml', `sandbox: {bind: ["${link}"]}\n`);
    expect((await (await workshop.project()).plan('t')).problems).toEqual([]);
    workshop.write('lockstep.yaml', `sandbox: {bind: [/proc/self/root/etc]}\n`);
    expect((await (await workshop.project()).plan('t')).problems).toHaveLength(1);
  });
});
