import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const DRIVER = join(import.meta.dirname, 'pseudo_terminal.py');

export interface Typing {
  readonly argv: readonly string[];
  /** Keys, each typed once its prompt has been shown. */
  readonly keys: readonly (readonly [prompt: string, keys: string])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program at a real terminal, types into it, and returns all that the terminal showed. */
export function typeInto({ argv, keys, env, cwd }: Typing): { readonly exit: number | null; readonly shown: string } {
  const { status, stdout } = spawnSync('python3', [DRIVER, JSON.stringify(keys), ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  return { exit: status, shown: stdout };
}
