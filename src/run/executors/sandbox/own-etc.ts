import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readText } from '../../../util/read-text.ts';

/** Files of /etc for names, certificates, programs. No keys (ssl/private, ssh_host_*, shadow) or registry passwords. */
const FILES = [
  ...['ld.so.cache', 'localtime', 'timezone', 'os-release', 'debian_version', 'redhat-release', 'alpine-release'],
  ...['mime.types', 'magic', 'inputrc', 'services', 'protocols', 'networks', 'host.conf', 'gai.conf'],
  ...['ssl/cert.pem', 'ssl/openssl.cnf', 'pki/tls/cert.pem', 'pki/tls/openssl.cnf'],
  ...['ssh/ssh_config', 'ssh/ssh_known_hosts', 'gnutls/config'],
];
const FOLDERS = [
  ...['alternatives', 'ssl/certs', 'ca-certificates/extracted', 'pki/tls/certs', 'pki/ca-trust/extracted', 'pki/java'],
  ...['crypto-policies', 'ssh/ssh_config.d'],
  // Files that runtimes need to start.
  ...['java', 'maven', 'fonts', 'chromium.d', 'perl', 'php', 'dotnet', 'R', 'texmf'],
];
const FOLDER_FORMS = /^(java-|ImageMagick)/;

/** Folders of /etc that are bound into a sandbox's own /etc. */
export function etcFolders(): readonly string[] {
  const matching = (existsSync('/etc') ? readdirSync('/etc') : []).filter((name) => FOLDER_FORMS.test(name));
  return [...FOLDERS, ...matching].filter((name) => statSync(`/etc/${name}`, { throwIfNoEntry: false })?.isDirectory());
}

export interface EtcOptions {
  /** The step's home. */
  readonly home: string;
  readonly network: 'none' | 'open';
  /** An address in the step's network that resolves names; absent: the host's resolvers. */
  readonly resolver?: string;
}

/** Writes the /etc of sandboxed steps once per run: one mount instead of thirty, and no changes while steps run. */
export function writeEtc(folder: string, { home, network, resolver }: EtcOptions): void {
  const at = (name: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o755 });
    return join(folder, name);
  };
  const write = (name: string, text: string) => writeFileSync(at(name), text, { mode: 0o644 });
  for (const name of etcFolders()) mkdirSync(at(name), { recursive: true, mode: 0o755 });
  for (const name of FILES) copyEtcFile(`/etc/${name}`, at(name));
  symlinkSync('../proc/self/mounts', at('mtab'));
  const { uid, gid, username } = seenUser();
  const nobody = 'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin';
  write(
    'passwd',
    `root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n${username}:x:${uid}:${gid}::${home}:/bin/sh\n${nobody}\n`,
  );
  write('group', `root:x:0:\ntty:x:5:\n${username}:x:${gid}:\nnogroup:x:65534:\n`);
  write('nsswitch.conf', NSSWITCH);
  write('resolv.conf', network === 'open' ? resolvConf(resolver) : '');
  write('hosts', `127.0.0.1 localhost lockstep\n::1 localhost\n${network === 'open' ? readText('/etc/hosts') : ''}`);
}

/** The host's file may refer to sssd, systemd or avahi, whose sockets are missing in the sandbox. */
const NSSWITCH = `${['passwd', 'group', 'shadow', 'networks', 'protocols', 'services'].map((one) => `${one}: files`).join('\n')}\nhosts: files dns\n`;

/** A link stays a link: programs read the zone's name from where /etc/localtime points. */
function copyEtcFile(from: string, to: string): void {
  const stats = lstatSync(from, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && resolve(dirname(from), readlinkSync(from)).startsWith('/usr/'))
    symlinkSync(readlinkSync(from), to);
  else if (stats !== undefined && existsSync(from)) copyFileSync(from, to);
}

/** A resolver on the host's loopback is not reachable from the step's network: `resolver` replaces it there. */
function resolvConf(resolver: string | undefined): string {
  const text = readText('/etc/resolv.conf');
  const isLocal = /^nameserver\s+(127\.|::1)/m.test(text);
  if (resolver === undefined || !isLocal) return text;
  return `nameserver ${resolver}\n${text.replace(/^nameserver.*\n?/gm, '')}`;
}

/** Whether root runs Lockstep: to the kernel, its steps are then root, too. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The user that the step sees. As root, programs would unpack archives with their owners, and fail. */
export function seenUser(): { readonly uid: number; readonly gid: number; readonly username: string } {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? { uid: 1000, gid: 1000, username: 'step' } : { uid, gid, username: accountName() };
}

/** The user's name, with a fallback: in a container started with `--user 1234` no user database has the user. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'step';
  }
}
