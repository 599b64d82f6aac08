import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../errors.ts';

/** Identifies a process even after its pid is reused. Fields that a system does not provide are empty. */
export interface ProcessStamp {
  readonly pid: number;
  /** Start of the process in clock ticks since boot. */
  readonly started: string;
  /** The pid namespace: a pid of another container has no meaning in ours. */
  readonly namespace: string;
  readonly boot: string;
  readonly host: string;
}

let ours: ProcessStamp | undefined;

export function stampOfThisProcess(): ProcessStamp {
  ours ??= {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    namespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    host: hostname(),
  };
  return ours;
}

/** Undefined for a process that has ended. */
export function stampOf(pid: number): ProcessStamp | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { ...stampOfThisProcess(), pid, started };
}

/** True only if the process is known to be alive; always false for other hosts and pid namespaces. */
export function isAlive(stamp: ProcessStamp): boolean {
  const now = stampOf(stamp.pid);
  return now !== undefined && isSameProcess(now, stamp);
}

/** Whether both identify the same process, as far as their fields show. */
export function isSameProcess(one: ProcessStamp, other: ProcessStamp): boolean {
  const fields = ['pid', 'started', 'namespace', 'boot', 'host'] as const;
  return fields.every((field) => one[field] === other[field]);
}

/** False only if the process is known to be gone; a process of another host or pid namespace counts as alive. */
export function mayBeAlive(stamp: ProcessStamp, self: ProcessStamp = stampOfThisProcess()): boolean {
  if (stamp.host !== self.host) return true;
  if (stamp.boot !== self.boot) return false;
  if (stamp.namespace !== self.namespace) return true;
  if (!pidExists(stamp.pid)) return false;
  if (self.started === '') return true;
  return startOf(stamp.pid) === stamp.started;
}

export function isProcessStamp(value: unknown): value is ProcessStamp {
  if (typeof value !== 'object' || value === null) return false;
  const stamp = value as Partial<Record<keyof ProcessStamp, unknown>>;
  const texts = [stamp.started, stamp.namespace, stamp.boot, stamp.host];
  return Number.isSafeInteger(stamp.pid) && Number(stamp.pid) > 0 && texts.every((text) => typeof text === 'string');
}

/** Undefined where the file does not exist or holds no stamp. */
export function readStamp(path: string): ProcessStamp | undefined {
  try {
    const stamp: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isProcessStamp(stamp) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** False when the process is gone or may not be signalled. */
export function signalProcess(stamp: ProcessStamp, signal: NodeJS.Signals): boolean {
  try {
    return mayBeAlive(stamp) && stamp.host === hostname() && process.kill(stamp.pid, signal);
  } catch {
    return false;
  }
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Undefined for a zombie too: it holds its pid but will never act again. */
function startOf(pid: number): string | undefined {
  const fields = statFields(pid);
  const [state, started] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || state === '' ? undefined : started;
}

/**
 * The fields of `/proc/PID/stat` starting at the state (proc(5), field 3); one empty field when the process is gone.
 */
export function statFields(pid: string | number): readonly string[] {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The command name is in parentheses and may itself hold spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
