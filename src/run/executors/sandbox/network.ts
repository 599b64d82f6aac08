import { existsSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runChild } from '../../../process/child.ts';
import { readText } from '../../../util/read-text.ts';
import { isRoot } from './own-etc.ts';

/**
 * The kind of open network in a sandbox on this machine: its own network behind pasta, which reaches neither the host's
 * loopback nor its abstract sockets; none, if the machine is offline; or the host's own, with all that listens there.
 */
export type OpenNetwork = 'pasta' | 'offline' | 'host';

const PASTA = '/usr/bin/pasta';
const UNSHARE = '/usr/bin/unshare';
const SETPRIV = '/usr/bin/setpriv';

/** An address from the range for documentation, which no host has. pasta answers there for the host's resolver. */
export const RESOLVER = '192.0.2.53';

export function openNetwork(): OpenNetwork {
  const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (![PASTA, UNSHARE, SETPRIV, '/dev/net/tun'].every(isThere)) return 'host';
  // Without a default route pasta fails.
  const isOnline =
    /^\S+\t00000000\t/m.test(readText('/proc/net/route')) ||
    /^0{32} 00 .* (?!lo)\S+$/m.test(readText('/proc/net/ipv6_route'));
  return isOnline ? 'pasta' : 'offline';
}

/** Precedes bubblewrap's command line: it makes the namespaces that pasta joins. */
export const OWN_NETWORK = [UNSHARE, '--user', '--net', '--map-root-user', '--'];

export interface PastaOptions {
  /** The folder of the run for pasta's pid file. */
  readonly folder: string;
  /** Ports of the host's loopback that the step reaches on its own loopback. */
  readonly ports: readonly number[];
}

/**
 * Gives the process of `OWN_NETWORK` its network and settles when the network is ready. pasta does not notice when the
 * processes of its network end, so it is killed when `ended` is aborted, and by the kernel when we are killed.
 * @throws Error with pasta's output, where pasta ends before it is ready
 */
export async function joinPasta(pid: number, ended: AbortSignal, { folder, ports }: PastaOptions): Promise<void> {
  const isMade = () =>
    readLink(`/proc/${pid}/ns/net`) !== readLink('/proc/self/ns/net') && readText(`/proc/${pid}/uid_map`) !== '';
  while (!isMade()) await wait(1, undefined, { signal: ended });
  const told = join(folder, `pasta-${pid}`);
  const failed = new AbortController();
  let said = '';
  const ending = runChild({
    file: SETPRIV,
    args: ['--pdeathsig', 'KILL', PASTA, ...pastaFlags(told, ports), String(pid)],
    ...{ cwd: '/', env: {}, graceMs: 0, killSignal: ended },
    onOutput: (_, chunk) => {
      if (said.length < 1000) said += Buffer.from(chunk).toString();
    },
  });
  void ending.then(() => failed.abort());
  while (!existsSync(told)) {
    ended.throwIfAborted();
    if (failed.signal.aborted) throw new Error(said.trim());
    await wait(1);
  }
}

function pastaFlags(told: string, ports: readonly number[]): string[] {
  return [
    // Otherwise the step reaches the host's loopback by 127.0.0.1 and by the gateway's address, and its own ports are
    // open on all addresses of the host.
    ...['--config-net', '--no-map-gw', '-t', 'none', '-u', 'none', '-U', 'none'],
    ...['-T', ports.length === 0 ? 'none' : ports.join(',')],
    ...['--dns-forward', RESOLVER, '--quiet', '--foreground', '--pid', told],
    // Started by root, pasta would become the user `nobody`, and could not join the namespaces.
    ...(isRoot() ? ['--runas', '0'] : []),
  ];
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
