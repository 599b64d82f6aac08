import { baseName } from '../../../util/paths.ts';
import type { CommandWords } from './command-words.ts';

/** The words between the name of a program and the command that it runs, besides options. */
interface Wrapper {
  /** Options that take the next word for themselves. */
  readonly valued?: RegExp;
  /** Words before the command: a folder, a user, a time. */
  readonly operands?: number;
}

const PLAIN =
  `nohup unbuffer setsid command builtin busybox coproc setpriv prlimit linux32 linux64 valgrind catchsegv torsocks
  proxychains proxychains4 fakeroot tini dumb-init eatmydata firejail dbus-run-session xvfb-run`.split(/\s+/);

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  ...Object.fromEntries(PLAIN.map((name) => [name, {}])),
  env: { valued: /^(?:-[uC]|--unset|--chdir)$/ },
  exec: { valued: /^-a$/ },
  time: { valued: /^-[fo]$/ },
  timeout: { valued: /^(?:-[ks]|--signal|--kill-after)$/, operands: 1 },
  nice: { valued: /^(?:-n|--adjustment)$/ },
  ionice: { valued: /^-[cn]$/ },
  chrt: { operands: 1 },
  taskset: { operands: 1 },
  stdbuf: { valued: /^-[ioe]$/ },
  sudo: { valued: /^(?:-[ughpCRTDrU]|--(?:user|group|host|prompt|chdir|chroot|role|type))$/ },
  doas: { valued: /^-[uC]$/ },
  chroot: { operands: 1 },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  setarch: { operands: 1 },
  choom: { valued: /^-[np]$/ },
  runuser: { valued: /^-[ugGs]$/ },
  runcon: { operands: 1 },
  flock: { valued: /^-[wE]$/, operands: 1 },
  unshare: { valued: /^-[SGRw]$/ },
  nsenter: { valued: /^-[tSGrw]$/ },
  strace: { valued: /^-[abeEIoOpPsSuX]$/ },
  ltrace: { valued: /^-[aAeDFlnopsuwxX]$/ },
  cpulimit: { valued: /^-[lpPe]$/ },
  numactl: { valued: /^-[CNmipl]$/ },
  'systemd-run': { valued: /^-[pEHMut]$/ },
};

/** A word as a program gets it, and as it is written. */
export interface WrittenWord {
  readonly literal: string | undefined;
  readonly written: string;
}

/** What a wrapper runs. */
export interface Wrapped {
  /** The index of the program; undefined where it is computed. */
  readonly program?: number;
  /** Computed words that may be the program. */
  readonly maybe: readonly number[];
}

/** The words that the program may run, from `start` to `end`, may not be the value of a hole. */
export function guardWrapped(words: CommandWords, name: string, end: number, start = 0): void {
  const found = wrappedIn(name, writtenWords(words), start);
  for (const at of found?.maybe ?? []) if (at < end) words.setOne(at, { is: 'program' });
  const { program = end } = found ?? {};
  if (program < end && /[/~]/.test(words.texts[program] ?? '')) words.setOne(program, { is: 'program' });
}

/** The command from this word on. */
export function guardRun(words: CommandWords, start: number): void {
  const program = words.texts[start];
  if (program === undefined || /[/~]/.test(program)) words.setOne(start, { is: 'program' });
  if (program === undefined) words.set(start + 1, { is: 'code', language: 'the program', local: false });
  else guardWrapped(words, baseName(program), words.args.length, start + 1);
}

function writtenWords({ args, texts }: CommandWords): readonly WrittenWord[] {
  return args.map((arg, at) => ({ literal: texts[at], written: arg.text }));
}

/** What a wrapper runs, through wrappers that it runs; undefined where the program is not a wrapper. */
export function wrappedIn(program: string, words: readonly WrittenWord[], start = 0): Wrapped | undefined {
  let wrapper = wrapperOf(program);
  if (wrapper === undefined) return undefined;
  const maybe: number[] = [];
  let operands = wrapper.operands ?? 0;
  for (let at = start; at < words.length; at++) {
    const { literal, written } = words[at] ?? { literal: undefined, written: '' };
    if (literal !== undefined && wrapper.valued?.test(literal)) at++;
    else if (isOption(literal, written)) continue;
    else if (literal === undefined) {
      const isOpen = mayVanish(written);
      if (operands === 0 || isOpen) maybe.push(at);
      if (operands === 0 && !isOpen) return { maybe };
      operands = Math.max(0, operands - 1);
    } else if (operands > 0) operands--;
    else if (maybe.length === 0 || !/^\d/.test(literal)) {
      const inner = wrapperOf(baseName(literal));
      if (inner === undefined) return { program: at, maybe };
      wrapper = inner;
      operands = inner.operands ?? 0;
    }
  }
  return { maybe };
}

function wrapperOf(program: string): Wrapper | undefined {
  return Object.hasOwn(WRAPPERS, program) ? WRAPPERS[program] : undefined;
}

/** Whether it may become no word, or several. */
export function mayVanish(written: string): boolean {
  return /^\$|^"\$(?:@|\{\w*\[?@)|^"?\$\{\w+:?[+-]/.test(written);
}

/** Or the setting of a variable. */
function isOption(text: string | undefined, written: string): boolean {
  return /^-/.test(text ?? '') || /^["']?(?:--[\w-]+|[A-Za-z_]\w*)=/.test(written);
}
