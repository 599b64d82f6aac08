import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LockstepError, reasonOfCode, systemCode } from '../../errors.ts';
import { createFile } from '../../util/atomic-file.ts';
import { makeFolder } from '../../util/lock.ts';
import { openWithPassphrase, wrapInPassphrase } from '../age/age.ts';
import { parseAgeFile } from '../age/age-file.ts';
import { decodeArmor, encodeArmor, isArmored } from '../age/encodings.ts';
import { Identity } from './identity.ts';

/** The possible sources of an identity, in the order in which they are tried. */
export interface IdentitySources {
  /** `--identity FILE` */
  readonly file?: string;
  /** `LOCKSTEP_IDENTITY`: the key itself. */
  readonly key?: string;
  /** `LOCKSTEP_IDENTITY_FILE` */
  readonly keyFile?: string;
  /** The file in the user's configuration folder. */
  readonly defaultFile: string;
  /** Called at most once, for a file wrapped in a passphrase. Absent when no terminal is there to type it on. */
  readonly askPassphrase?: (file: string) => Promise<string>;
}

export interface LoadedIdentity {
  readonly identity: Identity;
  /** The file's path, or `LOCKSTEP_IDENTITY`. */
  readonly source: string;
  readonly warnings: readonly string[];
}

const LARGEST = 64 * 1024;
const WRAPPED = 'age-encryption.org/v1\n';

/** Throws `identity/missing`, `identity/invalid`, `identity/locked` or `file/unreadable`; no message holds a key. */
export async function loadIdentity(sources: IdentitySources): Promise<LoadedIdentity> {
  const { askPassphrase } = sources;
  if (sources.file !== undefined) return loadFile(sources.file, askPassphrase);
  if (sources.key !== undefined && sources.key.trim() !== '') {
    return { identity: parseIdentity(sources.key, 'LOCKSTEP_IDENTITY'), source: 'LOCKSTEP_IDENTITY', warnings: [] };
  }
  if (sources.keyFile !== undefined && sources.keyFile !== '') return loadFile(sources.keyFile, askPassphrase);
  return loadFile(sources.defaultFile, askPassphrase);
}

/** A text that changes when one of the files changes, appears or disappears. */
export function identityStamp(files: readonly string[]): string {
  const stats = files.map((file) => statSync(file, { throwIfNoEntry: false, bigint: true }));
  return stats.map((one) => (one === undefined ? '-' : `${one.ino} ${one.size} ${one.mtimeNs}`)).join('\n');
}

export interface IdentityFileOptions {
  readonly created?: Date;
  /** Wraps the file in this passphrase, armored as `age -p -a` does. */
  readonly passphrase?: string;
}

/**
 * Creates an identity in a file that only its owner can read, in age-keygen's form. Never overwrites
 * (`identity/invalid`).
 */
export async function createIdentityFile(path: string, options: IdentityFileOptions = {}): Promise<Identity> {
  const { created = new Date(), passphrase } = options;
  const identity = Identity.generate();
  const text = Buffer.from(identity.fileText(created));
  const bytes = passphrase === undefined ? text : Buffer.from(encodeArmor(await wrapInPassphrase(text, passphrase)));
  await makeFolder(dirname(path));
  if (await createFile(path, bytes, 0o600)) return identity;
  throw new LockstepError('identity/invalid', `${path} exists already and an identity is never overwritten`, [
    `use it as it is: --identity '${path}'`,
    'move it away first, if nothing is sealed to it',
  ]);
}

async function loadFile(path: string, ask: IdentitySources['askPassphrase']): Promise<LoadedIdentity> {
  const { bytes, warnings } = readIdentityFile(path);
  const wrapped = wrappedBytes(bytes, path);
  const text = Buffer.from(wrapped === null ? bytes : await unwrap(wrapped, path, ask)).toString('utf8');
  return { identity: parseIdentity(text, path), source: path, warnings };
}

function readIdentityFile(path: string): { bytes: Uint8Array; warnings: string[] } {
  try {
    const { mode, size } = statSync(path);
    if (size > LARGEST) throw invalid(path, 'is far too large for an identity');
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
    const warnings = isOpen ? [`${path} can be read by other users of this machine: chmod 600 '${path}'`] : [];
    return { bytes: readFileSync(path), warnings };
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof LockstepError || code === undefined) throw error;
    if (code === 'ENOENT') throw missing(path);
    throw new LockstepError(
      'file/unreadable',
      `the identity file ${path} cannot be read (${reasonOfCode(code)})`,
      [`ls -ld '${path}'`],
      error,
    );
  }
}

/** The binary age file, or null when the file is not an age file at all. */
function wrappedBytes(bytes: Uint8Array, path: string): Uint8Array | null {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith(WRAPPED)) return bytes;
  const trimmed = `${text.replaceAll('\r\n', '\n').trim()}\n`;
  if (!isArmored(trimmed)) return null;
  const file = decodeArmor(trimmed);
  if (file === null) throw invalid(path, 'is a damaged age file');
  return file;
}

async function unwrap(file: Uint8Array, path: string, ask: IdentitySources['askPassphrase']): Promise<Uint8Array> {
  if (!isPassphraseWrapped(file)) throw invalid(path, 'is an age file, but not one wrapped in a passphrase');
  if (ask === undefined) {
    throw new LockstepError(
      'identity/locked',
      `${path} is wrapped in a passphrase and there is no terminal to ask for it`,
      [
        'run the command on a terminal',
        'give the key itself in LOCKSTEP_IDENTITY, or an unwrapped file in LOCKSTEP_IDENTITY_FILE',
      ],
    );
  }
  const passphrase = await ask(path);
  const opened = await openWithPassphrase(file, passphrase).catch(() => {
    throw invalid(path, 'is a damaged age file');
  });
  if (opened !== null) return opened;
  throw new LockstepError('identity/locked', `the passphrase does not open ${path}`, [
    'repeat the command with the right one',
  ]);
}

function isPassphraseWrapped(file: Uint8Array): boolean {
  try {
    return parseAgeFile(file).stanzas[0]?.args[0] === 'scrypt';
  } catch {
    return false;
  }
}

/** Files that people mistake for an identity, by their beginning. */
const MISTAKES = [
  ['AGE-SECRET-KEY-PQ-1', 'is a post-quantum identity, which is not supported yet'],
  ['AGE-PLUGIN-', 'is an identity of an age plugin, which is not supported'],
  ['age1', 'holds a recipient (the public half), not the secret key'],
  ['-----BEGIN ', 'is an SSH or PEM key, not an age identity'],
] as const;

/** Parses one secret key among comments and empty lines. */
function parseIdentity(text: string, source: string): Identity {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const [key, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (key === undefined) throw invalid(source, 'holds no key');
  const mistake = MISTAKES.find(([beginning]) => key.startsWith(beginning));
  if (mistake !== undefined) throw invalid(source, mistake[1]);
  if (others.length > 0) throw invalid(source, 'holds more than one line of keys, and an identity is one');
  const identity = Identity.fromText(key);
  if (identity === null) throw invalid(source, 'holds no valid AGE-SECRET-KEY-1... line');
  return identity;
}

function invalid(source: string, what: string): LockstepError {
  return new LockstepError('identity/invalid', `the identity in ${source} ${what}`, [
    'make another: lockstep identity new --identity FILE, then use --identity FILE',
  ]);
}

function missing(path: string): LockstepError {
  return new LockstepError('identity/missing', `there is no identity at ${path}`, [
    'make one: lockstep identity new',
    'name another file: --identity FILE, or LOCKSTEP_IDENTITY_FILE',
    'in CI, give the key itself in LOCKSTEP_IDENTITY',
  ]);
}
