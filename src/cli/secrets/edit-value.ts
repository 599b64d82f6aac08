import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { runInForeground } from '../../process/foreground.ts';
import { createScratch, memoryFolder, type Scratch, scratchBase, sweepScratch } from '../../run/workspace/scratch.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { Context } from '../context.ts';
import { withoutIdentity } from './value-command.ts';

const LF = 0x0a;
/** No swap file, no history of typed text, no backup, no undo file; and vim adds no line end. */
const VIM_FLAGS = [
  ...['-n', '-i', 'NONE'],
  ...['-c', 'silent! set nobackup nowritebackup', '-c', 'silent! set noundofile', '-c', 'silent! set nofixendofline'],
];

/**
 * Lets a person change a value in their editor, in a private folder that is never on disk and is removed afterwards,
 * however the editor ends. Null for an unchanged value. Throws `program/failed`, `value/invalid` or `state/unusable`.
 */
export async function editValue(
  context: Context,
  name: string,
  value: SecretValue,
  allowDisk: boolean,
): Promise<Uint8Array | null> {
  requireText(name, value);
  if (memoryFolder() === null && !allowDisk)
    throw new LockstepError('state/unusable', 'this machine has no memory-backed folder to put the value in', [
      `lockstep secret rotate ${name}`,
      `lockstep secret edit ${name} --allow-disk`,
    ]);
  const editor = new Editor(context);
  let scratch: Scratch | undefined;
  try {
    const base = scratchBase(context.env.TMPDIR);
    sweepScratch(base);
    scratch = createScratch({ base });
    await editor.open(scratch.write(name, value.reveal(), 0o600));
    return savedValue(scratch, name, value.reveal());
  } finally {
    scratch?.dispose();
    editor.release();
  }
}

/** From its creation on, signals go to the editor, so that no signal ends us before the folder is removed. */
class Editor {
  readonly release: () => void;
  readonly #context: Context;
  #send: (signal: NodeJS.Signals) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
    this.release = context.relaySignals((signal) => {
      // Keys typed at a terminal reach the editor directly.
      if (signal !== 'SIGINT' || !context.terminal.stdin) this.#send(signal);
    });
  }

  /** As in Git, a shell reads the command, so that it may have arguments. */
  async open(path: string): Promise<void> {
    const { env, cwd } = this.#context;
    const editor = env.VISUAL || env.EDITOR || 'vi';
    const program = editor.trim().split(/\s+/)[0]?.split('/').at(-1) ?? '';
    const flags = /^(?:n?vim?|vim\..+|gvim)$/.test(program) ? VIM_FLAGS : [];
    const code = await runInForeground({
      file: 'sh',
      args: ['-c', `exec ${editor} "$@"`, program, ...flags, path],
      cwd,
      env: withoutIdentity(env),
      onStart: (send) => (this.#send = send),
    });
    if (code === 0) return;
    const how = code === null ? 'was ended' : `ended with exit code ${code}`;
    throw new LockstepError('program/failed', `the editor (${program}) ${how}; nothing was changed`, [
      'name another one: VISUAL=EDITOR',
    ]);
  }
}

/** Many editors end every file with a line break: if the value had none before, it is removed. */
function savedValue(scratch: Scratch, name: string, before: Uint8Array): Uint8Array | null {
  if (lstatSync(join(scratch.path, name), { throwIfNoEntry: false })?.isFile() !== true) return null;
  const saved = scratch.read(name);
  if (saved === null) throw editRefused('what was saved is larger than 1 MiB');
  const value = saved.at(-1) === LF && before.at(-1) !== LF ? saved.subarray(0, -1) : saved;
  if (value.length === 0 && before.length > 0) throw editRefused('what was saved is empty');
  return Buffer.compare(value, before) === 0 || Buffer.compare(saved, before) === 0 ? null : value;
}

function requireText(name: string, value: SecretValue): void {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(value.reveal());
  } catch {
    throw new LockstepError('value/invalid', `${name} holds bytes that no editor keeps`, [
      `lockstep secret rotate ${name} --from-file FILE`,
    ]);
  }
}

function editRefused(what: string): LockstepError {
  return new LockstepError('value/invalid', `${what}; nothing was changed`, [
    'an empty or large value comes from a file: --from-file FILE',
  ]);
}
