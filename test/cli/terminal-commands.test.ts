import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secrets } from '../../src/project/secrets/secrets.ts';
import { typeInto } from '../rig/pseudo-terminal.ts';
import { LOCKSTEP } from '../rig/repository.ts';
import { Workshop } from '../rig/workshop.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await Workshop.open(
    {
      'tools/use.yaml': 'secrets: [TOKEN]\nsteps: [{id: show, run: echo "it is $TOKEN"}]',
      'agents/ops.yaml': 'description: x\ninstructions: x\nsecrets: [TOKEN]\ntools: [{name: use, approve: always}]',
    },
    { TOKEN: 'value-of-the-token' },
  );
});
afterEach(() => workshop[Symbol.dispose]());

/** Keys are typed when their prompt is shown. With `CI` nothing is shown of a run but its lines. */
function type(args: readonly string[], ...keys: [prompt: string, keys: string][]) {
  const env = { ...workshop.env, NO_COLOR: '1', CI: '1' };
  return typeInto({ argv: [process.execPath, LOCKSTEP, ...args], keys, env, cwd: workshop.root });
}

const reveal = async () => {
  const value = await new Secrets(await workshop.project()).reveal('TOKEN');
  return Buffer.from(value.reveal()).toString();
};

describe('a value', () => {
  test('is asked for without echo, and every typed character is kept', async () => {
    const { exit, shown } = type(['secret', 'set', 'TOKEN'], ['(not shown): ', 'wrong\u0015pässwörd "x"\u007f\t1\r']);
    expect(shown).toBe(
      '\u001b[?2004hValue of TOKEN (not shown): \u001b[?2004l\nstored TOKEN version 2 in default; its grants are unchanged\n',
    );
    expect(exit).toBe(0);
    expect(await reveal()).toBe('pässwörd "x\t1');
  });

  test('of several lines is stored as it is pasted', async () => {
    const key = `-----BEGIN KEY-----\n${'Abc+/'.repeat(12)}\n-----END KEY-----`;
    const paste = `\u001b[200~${key.replaceAll('\n', '\r')}\u001b[201~`;
    const { exit, shown } = type(['secret', 'set', 'TOKEN'], ['(not shown): ', `${paste}\r`]);
    expect({ exit, shown }).toEqual({ exit: 0, shown: expect.stringContaining('[3 lines]') });
    expect(await reveal()).toBe(`${key}\n`);
  });

  test.each([
    ['the first line of a key', '-----BEGIN KEY-----\r', 1],
    ['nothing', '\r', 1],
    ['Ctrl-C', 'half\u0003', 130],
    ['Ctrl-D', '\u0004', 130],
  ])('that is not given changes nothing: %s', async (_, keys, code) => {
    const { exit, shown } = type(['secret', 'set', 'TOKEN'], ['(not shown): ', keys]);
    expect(exit).toBe(code);
    expect(shown).not.toContain('half');
    expect(await reveal()).toBe('value-of-the-token');
  });

  test('is shown on the terminal to the user who asks for it', () => {
    expect(type(['secret', 'reveal', 'TOKEN'])).toEqual({ exit: 0, shown: 'value-of-the-token\n' });
  });
});

describe('a question', () => {
  test.each([
    ['y\r', 0, 'removed TOKEN from default'],
    ['yes\r', 0, 'removed'],
    ['\r', 1, 'nothing was removed'],
    ['n\r', 1, 'nothing was removed'],
    ['yeah\r', 1, 'nothing was removed'],
  ])('before a removal: %j', (keys, code, said) => {
    const { exit, shown } = type(['secret', 'remove', 'TOKEN'], ['[y/N] ', keys]);
    expect(shown).toContain('Remove TOKEN from default? Requested by: use. [y/N] ');
    expect(shown).toContain(said);
    expect(exit).toBe(code);
  });

  test('before a vault is trusted', () => {
    workshop.env.LOCKSTEP_STATE_DIR = join(workshop.place, 'another-machine');
    const no = type(['trust'], ['[y/N] ', 'n\r']);
    expect([no.exit, no.shown]).toEqual([1, expect.stringContaining('error: not accepted')]);
    const yes = type(['trust'], ['[y/N] ', 'y\r']);
    expect([yes.exit, yes.shown]).toEqual([0, expect.stringContaining('accepted\n')]);
    expect(type(['run', 'use']).shown).toContain('show | it is ***');
  });

  test('before a call that needs approval', () => {
    const question = 'The agent ops calls use; it gets TOKEN. Run it? [y/N] ';
    const no = type(['run', 'use', '--agent', 'ops'], ['[y/N] ', 'n\r']);
    expect(no.shown).toContain(question);
    expect(no.shown).toContain(`${userInfo().username} said no`);
    expect(no.exit).toBe(1);
    const ahead = type(['run', 'use', '--agent', 'ops'], ['', 'y\r'], ['[y/N] ', 'n\r']);
    expect([ahead.exit, ahead.shown]).toEqual([1, expect.stringContaining(`${userInfo().username} said no`)]);
    const yes = type(['run', 'use', '--agent', 'ops'], ['[y/N] ', 'y\r']);
    expect(yes.shown).toContain('show | it is ***');
    expect(yes.exit).toBe(0);
  });
});

describe('an identity wrapped in a passphrase by age itself', () => {
  beforeEach(() => {
    const plain = join(workshop.env.HOME ?? '', '.config/lockstep/identity.txt');
    workshop.write('wrap.sh', `age -p -o wrapped.age '${plain}'`);
    const wrapped = typeInto({
      argv: ['/bin/sh', 'wrap.sh'],
      keys: [
        ['Enter passphrase', 'correct horse\r'],
        ['Confirm passphrase', 'correct horse\r'],
      ],
      cwd: workshop.root,
    });
    expect(wrapped.exit).toBe(0);
    expect(readFileSync(join(workshop.root, 'wrapped.age'), 'latin1')).toContain('age-encryption.org/v1');
    chmodSync(join(workshop.root, 'wrapped.age'), 0o600);
    rmSync(plain);
  });

  test('opens when the passphrase is right, asks for it once and does not show it', () => {
    const { exit, shown } = type(['run', 'use', '--identity', 'wrapped.age'], ['wrapped.age: ', 'correct horse\r']);
    expect(shown).toMatch(/^Passphrase for wrapped\.age: \nshow \| it is \*\*\*\nok use/);
    expect(exit).toBe(0);
  });

  test('does not open when it is wrong, and does not ask without a terminal', async () => {
    const wrong = type(['run', 'use', '--identity', 'wrapped.age'], ['wrapped.age: ', 'wrong horse\r']);
    expect(wrong.shown).toContain('error: the passphrase does not open wrapped.age\n  next: ');
    expect(wrong.exit).toBe(3);
    const file = join(workshop.root, 'wrapped.age');
    const project = await workshop.project({ LOCKSTEP_IDENTITY_FILE: file });
    await expect(project.run('use').result()).rejects.toMatchObject({
      code: 'identity/locked',
      message: `${file} is wrapped in a passphrase and there is no terminal to ask for it`,
    });
  });

  test('does not ask where no secret is needed', () => {
    workshop.write('tools/free.yaml', 'steps: [{id: a, run: echo free}]');
    const { shown } = type(['run', 'free', '--identity', 'wrapped.age']);
    expect(shown).toMatch(/^a \| free\nok free/);
  });
});
