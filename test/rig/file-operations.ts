import { dirname } from 'node:path';

/** What a program did to files, in order. Files are numbered as they were made: names come and go. */
export type FileOperation =
  | { readonly what: 'create'; readonly path: string; readonly file: number }
  | { readonly what: 'write'; readonly file: number; readonly bytes: Buffer }
  | { readonly what: 'sync'; readonly file: number }
  | { readonly what: 'sync folder'; readonly path: string }
  | { readonly what: 'link' | 'rename'; readonly from: string; readonly path: string; readonly file: number }
  | { readonly what: 'unlink'; readonly path: string }
  | { readonly what: 'mkdir'; readonly path: string };

export const TRACED_CALLS = ['openat', 'pwrite64', 'fsync', 'rename', 'link', 'unlink', 'mkdir'] as const;
/** Strings in hex, with the path behind each descriptor. */
export const TRACE_ARGS = ['-e', `trace=${TRACED_CALLS.join()}`, '-y', '-xx', '-s', '1000000'] as const;

/** The operations below `folder` in what strace wrote with `TRACE_ARGS`. */
export function fileOperations(trace: string, folder: string): readonly FileOperation[] {
  const operations: FileOperation[] = [];
  const files = new Map<string, number>();
  const held = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const operation = readCall(line, folder, files, held);
    if (operation !== null) operations.push(operation);
  }
  return operations;
}

/** @param held the folders that are reached through a descriptor, by its path below /proc */
function readCall(
  line: string,
  folder: string,
  files: Map<string, number>,
  held: Map<string, string>,
): FileOperation | null {
  const [, call = '', args = '', opened = ''] = /^(\w+)\((.*)\) += \d+(?:<([^>]*)>)?/.exec(line) ?? [];
  const texts = [...args.matchAll(/"([^"]*)"/g)].map(([, hex = '']) => decode(hex));
  const [, behind = ''] = /^\d+<([^>]*)>/.exec(args) ?? [];
  const on = decode(behind).toString();
  if (call === 'openat') holdFolder(String(texts[0] ?? ''), decode(opened).toString(), held);
  const [first = '', second = ''] = texts.map((text) => throughHeld(text.toString(), held));
  switch (call) {
    case 'openat':
      if (!args.includes('O_CREAT') || !isBelow(first, folder)) return null;
      files.set(first, files.size + 1);
      return { what: 'create', path: first, file: files.size };
    case 'pwrite64':
      return files.has(on) ? { what: 'write', file: files.get(on) ?? 0, bytes: texts[0] ?? Buffer.alloc(0) } : null;
    case 'fsync':
      if (!isBelow(on, folder)) return null;
      return files.has(on) ? { what: 'sync', file: files.get(on) ?? 0 } : { what: 'sync folder', path: on };
    case 'rename':
    case 'link': {
      if (!isBelow(second, folder)) return null;
      const file = files.get(first) ?? 0;
      return { what: call, from: first, path: second, file };
    }
    case 'unlink':
      return isBelow(first, folder) ? { what: 'unlink', path: first } : null;
    case 'mkdir':
      return isBelow(first, folder) ? { what: 'mkdir', path: first } : null;
    default:
      return null;
  }
}

const THROUGH_DESCRIPTOR = /^(\/proc\/self\/fd\/\d+)\/[^/]+$/;

function holdFolder(path: string, opened: string, held: Map<string, string>): void {
  const [, descriptor] = THROUGH_DESCRIPTOR.exec(path) ?? [];
  if (descriptor !== undefined && opened !== '') held.set(descriptor, dirname(opened));
}

function throughHeld(path: string, held: ReadonlyMap<string, string>): string {
  const folder = held.get(THROUGH_DESCRIPTOR.exec(path)?.[1] ?? '');
  return folder === undefined ? path : folder + path.slice(path.lastIndexOf('/'));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}

/** Files by path, as a disk may hold them after the power went. */
export type Disk = ReadonlyMap<string, Buffer>;

/**
 * Every disk that a power cut may leave after the first `count` operations: what was synced is there, each write (in two
 * halves) and each change of a folder since may be there or not, and a file without its folder is lost.
 */
export function* disksAfter(operations: readonly FileOperation[], count: number, before: Disk): Generator<Disk> {
  const done = operations.slice(0, count).flatMap(halves);
  const open = done.filter((operation, at) => isUnsynced(operation, done.slice(at + 1)));
  for (let chosen = 0; chosen < 2 ** open.length; chosen += 1) {
    const lost = new Set(open.filter((_, at) => (chosen & (1 << at)) === 0));
    yield replay(
      done.filter((operation) => !lost.has(operation)),
      done.filter((operation) => operation.what === 'mkdir').map(({ path }) => path),
      before,
    );
  }
}

function halves(operation: FileOperation): FileOperation[] {
  if (operation.what !== 'write' || operation.bytes.length < 2) return [operation];
  const middle = operation.bytes.length >> 1;
  return [
    { ...operation, bytes: operation.bytes.subarray(0, middle) },
    { ...operation, bytes: operation.bytes.subarray(middle) },
  ];
}

/** Whether none of what came later has brought it to the disk. */
export function isUnsynced(operation: FileOperation, later: readonly FileOperation[]): boolean {
  if (operation.what === 'sync' || operation.what === 'sync folder') return false;
  if (operation.what === 'write')
    return !later.some(({ what, ...sync }) => what === 'sync' && 'file' in sync && sync.file === operation.file);
  const folder = dirname(operation.path);
  return !later.some((sync) => sync.what === 'sync folder' && sync.path === folder);
}

function replay(operations: readonly FileOperation[], made: readonly string[], before: Disk): Disk {
  const names = new Map<string, number | Buffer>(before);
  const contents = new Map<number, Buffer[]>();
  const folders = new Set<string>();
  for (const operation of operations) {
    if (operation.what === 'mkdir') folders.add(operation.path);
    else if (operation.what === 'write')
      contents.set(operation.file, [...(contents.get(operation.file) ?? []), operation.bytes]);
    else if (operation.what === 'unlink') names.delete(operation.path);
    else if ('path' in operation && 'file' in operation) {
      if (operation.what === 'rename') names.delete(operation.from);
      names.set(operation.path, operation.file);
    }
  }
  const lostFolders = made.filter((folder) => !folders.has(folder));
  const reachable = [...names].filter(([path]) => !lostFolders.some((folder) => path.startsWith(`${folder}/`)));
  return new Map(
    reachable.map(([path, file]) => [path, typeof file === 'number' ? Buffer.concat(contents.get(file) ?? []) : file]),
  );
}
