/**
 * A classic BPF program for `bwrap --seccomp` that refuses system calls of a sandboxed step. It lists refused calls
 * instead of allowed ones, because programs change. The numbers are from the kernel's tables for x86_64 and aarch64.
 */

/** [x86_64, aarch64]; one number where both agree, as all calls since Linux 5.1 do. */
type Call = number | readonly [x64: number, arm64: number];
type Calls = Readonly<Record<string, Call>>;

/** Calls that fail with EPERM. */
const REFUSED: Calls = {
  // Other processes' memory.
  ...{ ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271], kcmp: [312, 272] },
  // The kernel's keyrings belong to no namespace: the caller's session keyring is inherited.
  ...{ add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
  // Calls with a large attack surface in the kernel.
  ...{ bpf: [321, 280], perf_event_open: [298, 241], lookup_dcookie: [212, 18], quotactl: [179, 60] },
  ...{ acct: [163, 89], syslog: [103, 116] },
  // Mounts and namespaces.
  ...{ mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51], setns: [308, 268] },
  ...{ name_to_handle_at: [303, 264], open_by_handle_at: [304, 265] },
  // The machine.
  ...{
    reboot: [169, 142],
    swapon: [167, 224],
    swapoff: [168, 225],
    kexec_load: [246, 104],
    kexec_file_load: [320, 294],
  },
  ...{ init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106] },
  ...{ settimeofday: [164, 170], clock_settime: [227, 112] },
};

/** Recent calls fail with ENOSYS, so that programs, which still support older kernels, fall back to older calls. */
const UNKNOWN: Calls = {
  // Its flags are in memory, where no filter can read them; every C library falls back to clone.
  clone3: 435,
  ...{ userfaultfd: [323, 282], io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427, pidfd_getfd: 438 },
  ...{ open_tree: 428, move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433, mount_setattr: 442 },
  ...{ quotactl_fd: 443, open_tree_attr: 467 },
};

/** CLONE_NEW: NS, CGROUP, UTS, IPC, USER, PID, NET; in `unshare` also TIME, whose bit means something else in `clone`. */
const NAMESPACES = 0x7e020000;
const NEWTIME = 0x80;
/** UNIX, INET, INET6, NETLINK. VSOCK (the hypervisor's) and others belong to no network namespace. */
const FAMILIES = [1, 2, 10, 16];
/** TIOCSTI and TIOCLINUX insert input at the terminal as if the user had typed it. */
const TERMINAL = [0x5412, 0x541c];
/** x32 has the same architecture name but other numbers. */
const X32 = 0x40000000;

const MACHINES = {
  x64: { audit: 0xc000003e, clone: 56, unshare: 272, socket: 41, ioctl: 16 },
  arm64: { audit: 0xc00000b7, clone: 220, unshare: 97, socket: 198, ioctl: 29 },
} as const;

export type FilteredMachine = keyof typeof MACHINES;

const errno = (number: number) => 0x00050000 | number;
const ENDS = { allow: 0x7fff0000, kill: 0x80000000, EPERM: errno(1), ENOSYS: errno(38), EAFNOSUPPORT: errno(97) };
type End = keyof typeof ENDS;

/** Offsets in `struct seccomp_data`. Arguments have 64 bits; those read here are `int`: only the lower half counts. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number) => 16 + 8 * index;

const [LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN] = [0x20, 0x15, 0x35, 0x45, 0x06];

interface Line {
  readonly code: number;
  readonly k: number;
  readonly yes?: End;
  readonly no?: End;
  /** The number of lines to skip where the test fails. */
  readonly skip?: number;
}

/** Null on architectures without known numbers: their steps run without a filter, and `plan` reports this. */
export function seccompFilter(arch: string): Uint8Array | null {
  return arch === 'x64' || arch === 'arm64' ? assemble(program(arch)) : null;
}

function program(machine: FilteredMachine): readonly Line[] {
  const { audit, clone, unshare, socket, ioctl } = MACHINES[machine];
  const numbers = (calls: Calls) =>
    Object.values(calls).map((call) => (typeof call === 'number' ? call : call[machine === 'x64' ? 0 : 1]));
  return [
    load(ARCHITECTURE),
    // A 32-bit program uses other numbers, which would pass.
    test(EQUAL, audit, { no: 'kill' }),
    load(NUMBER),
    ...(machine === 'x64' ? [test(AT_LEAST, X32, { yes: 'ENOSYS' })] : []),
    ...numbers(REFUSED).map((number) => test(EQUAL, number, { yes: 'EPERM' })),
    ...numbers(UNKNOWN).map((number) => test(EQUAL, number, { yes: 'ENOSYS' })),
    ...within(clone, [load(argument(0)), test(ANY_BIT, NAMESPACES, { yes: 'EPERM', no: 'allow' })]),
    ...within(unshare, [load(argument(0)), test(ANY_BIT, NAMESPACES | NEWTIME, { yes: 'EPERM', no: 'allow' })]),
    ...within(ioctl, [load(argument(1)), ...anyOf(TERMINAL, 'EPERM', 'allow')]),
    ...within(socket, [load(argument(0)), ...anyOf(FAMILIES, 'allow', 'EAFNOSUPPORT')], 'allow'),
  ];
}

function load(k: number): Line {
  return { code: LOAD, k };
}

function test(code: number, k: number, ends: Pick<Line, 'yes' | 'no'>): Line {
  return { code, k, ...ends };
}

function anyOf(values: readonly number[], yes: End, no: End): Line[] {
  return values.map((value, at) => test(EQUAL, value, at === values.length - 1 ? { yes, no } : { yes }));
}

/**
 * Lines for one call; the last one always jumps out. @param otherwise the target for other calls; absent: the next line
 */
function within(call: number, lines: readonly Line[], otherwise?: End): Line[] {
  const jump = otherwise === undefined ? { skip: lines.length } : { no: otherwise };
  return [{ code: EQUAL, k: call, ...jump }, ...lines];
}

/** Every line is 8 bytes: code 16 bits, jump if true 8, jump if false 8, k 32. Jumps go forward. */
function assemble(lines: readonly Line[]): Uint8Array {
  const ends = Object.keys(ENDS) as End[];
  const bytes = new DataView(new ArrayBuffer(8 * (lines.length + ends.length)));
  const put = (at: number, { code, k }: Pick<Line, 'code' | 'k'>, jump: { yes: number; no: number }) => {
    bytes.setUint16(8 * at, code, true);
    bytes.setUint8(8 * at + 2, jump.yes);
    bytes.setUint8(8 * at + 3, jump.no);
    bytes.setUint32(8 * at + 4, k, true);
  };
  const to = (at: number, end?: End) => (end === undefined ? 0 : lines.length + ends.indexOf(end) - at - 1);
  for (const [at, line] of lines.entries()) put(at, line, { yes: to(at, line.yes), no: line.skip ?? to(at, line.no) });
  for (const [index, end] of ends.entries())
    put(lines.length + index, { code: RETURN, k: ENDS[end] }, { yes: 0, no: 0 });
  return new Uint8Array(bytes.buffer);
}
