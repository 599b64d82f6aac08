import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of all that runs on this machine, words joined by NUL. */
export function commandLines(): readonly string[] {
  return processes().map((pid) => read(pid, 'cmdline'));
}

/** The ids of what runs with that variable, `NAME=VALUE`. What is dead has none. */
export function processesWith(variable: string): readonly string[] {
  return processes().filter((pid) => read(pid, 'environ').split('\0').includes(variable));
}

function processes(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** Empty of one that has ended since it was listed. */
function read(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
