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

/** The word that the program runs, among those before `end`, may not be the value of a hole. */
export function guardWrapped(words: CommandWords, program: string, end: number): void {
  const at = wrappedAt(
    program,
    words.args.map((arg, index) => ({ literal: words.texts[index], written: arg.text })),
  );
  if (at !== undefined && at < end && words.texts[at] === undefined) words.setOne(at, { is: 'program' });
}

/** The index of the command among the words of a wrapper; undefined where the program is not a wrapper. */
export function wrappedAt(
  program: string,
  words: readonly { readonly literal: string | undefined; readonly written: string }[],
): number | undefined {
  const wrapper = Object.hasOwn(WRAPPERS, program) ? WRAPPERS[program] : undefined;
  if (wrapper === undefined) return undefined;
  let operands = wrapper.operands ?? 0;
  for (let at = 0; at < words.length; at++) {
    const { literal, written } = words[at] ?? { literal: undefined, written: '' };
    if (literal !== undefined && wrapper.valued?.test(literal)) at++;
    else if (isOption(literal, written)) continue;
    else if (operands > 0) operands--;
    else return at;
  }
  return words.length;
}

/** Or the setting of a variable. */
function isOption(text: string | undefined, written: string): boolean {
  return /^-/.test(text ?? '') || /^(?:--[\w-]+|[A-Za-z_]\w*)=/.test(written);
}
