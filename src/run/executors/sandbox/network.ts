import { existsSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runChild } from '../../../process/child.ts';
import { readText } from '../../../util/read-text.ts';
import { isRoot } from './own-etc.ts';

/**
 * What an open network is in a sandbox on this machine: one of its own behind pasta, by which neither the host's loopback nor
 * its abstract sockets are reached; none, as the machine is offline; or the host's own, with all that listens there.
 */
export type OpenNetwork = 'pasta' | 'offline' | 'host';

const PASTA = '/usr/bin/pasta';
const UNSHARE = '/usr/bin/unshare';
const SETPRIV = '/usr/bin/setpriv';

/** From the range for documentation: nobody's. pasta answers there for the host's resolver. */
export const RESOLVER = '192.0.2.53';

export function openNetwork(): OpenNetwork {
  const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (![PASTA, UNSHARE, SETPRIV, '/dev/net/tun'].every(isThere)) return 'host';
  // Without a default route pasta gives up.
  const isOnline =
    /^\S+\t00000000\t/m.test(readText('/proc/net/route')) ||
    /^0{32} 00 .* (?!lo)\S+$/m.test(readText('/proc/net/ipv6_route'));
  return isOnline ? 'pasta' : 'offline';
}

/** Stands before bubblewrap's command line: it makes the namespaces that pasta joins. */
export const OWN_NETWORK = [UNSHARE, '--user', '--net', '--map-root-user', '--'];

export interface PastaOptions {
  /** For its pid file; of the run. */
  readonly folder: string;
  /** Ports of the host's loopback that the step reaches as its own. */
  readonly ports: readonly number[];
}

/**
 * Gives the process of `OWN_NETWORK` its network and settles when that is ready. pasta does not notice that the processes of
 * its network are gone, so it is killed when `ended` is aborted, and by the kernel when we are killed.
 * @throws Error where pasta ends before it is ready, with what it says
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
    // Otherwise what listens on the host's loopback is reached by 127.0.0.1 and by the gateway's address, and the step's own
    // ports are opened on all addresses of the host.
    ...['--config-net', '--no-map-gw', '-t', 'none', '-u', 'none', '-U', 'none'],
    ...['-T', ports.length === 0 ? 'none' : ports.join(',')],
    ...['--dns-forward', RESOLVER, '--quiet', '--foreground', '--pid', told],
    // As root it would become nobody, and could not join the namespaces.
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
