import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockstepError, systemCode, systemReason } from '../../errors.ts';
import { replaceFile } from '../../util/atomic-file.ts';
import { isRecord } from '../../util/guards.ts';
import { makeFolder, withLock } from '../../util/lock.ts';
import type { HeadMark } from '../lineage.ts';
import { newestOf, UNNAMED } from './expectation.ts';
import type { EntryPin, OwnChange, PinChange, Pins, RefPin, RootPin, Undoing } from './pins.ts';

/**
 * Null when this machine has never accepted the vault. Throws `state/unusable`: a damaged memory must not be forgotten.
 */
export function readPins(stateDir: string, vault: string): Pins | null {
  const path = pinPath(stateDir, vault);
  const text = readText(path);
  if (text === null) return null;
  const pins = decode(text);
  if (pins?.vault === vault) return pins;
  throw new LockstepError('state/unusable', `${path} is damaged: it is not what Lockstep wrote about the vault`, [
    `look at it, then remove it and decide again whether to trust the vault: rm '${path}' && lockstep trust`,
  ]);
}

/** Applies `change` to the present pins, and stores and returns the result. Writes only if something differs. */
export async function updatePins(stateDir: string, vault: string, change: (pins: Pins | null) => Pins): Promise<Pins> {
  const path = pinPath(stateDir, vault);
  await makeFolder(dirname(path));
  return withLock(`${path}.lock`, {}, async () => {
    const before = readPins(stateDir, vault);
    const after = change(before);
    const text = encode(after);
    if (before === null || text !== encode(before)) await write(path, text);
    return after;
  });
}

async function write(path: string, text: string): Promise<void> {
  await replaceFile(path, Buffer.from(text), 0o600).catch(({ message, hints }: LockstepError) => {
    throw new LockstepError('state/unusable', message, hints);
  });
}

function pinPath(stateDir: string, vault: string): string {
  return join(stateDir, 'trust', `${vault}.json`);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new LockstepError(
      'state/unusable',
      `${path} cannot be read (${systemReason(error)})`,
      [`ls -ld '${path}'`],
      error,
    );
  }
}

function encode(pins: Pins): string {
  const refs = [...pins.refs].map(([ref, pin]) => [ref, { ...pin, entries: Object.fromEntries(pin.entries) }] as const);
  const changes = pins.changes.map((change) => ({ ...change, entries: Object.fromEntries(change.entries) }));
  return `${JSON.stringify({ ...pins, refs: Object.fromEntries(refs), changes }, null, 1)}\n`;
}

function decode(text: string): Pins | null {
  const value = parseJson(text);
  if (!isRecord(value) || !isRecord(value.refs)) return null;
  const { vault, fingerprint, newest, changes = [], own = [] } = value;
  const refs = Object.entries(value.refs).map(([ref, pin]) => [ref, decodeRef(pin)] as const);
  const isWhole = typeof vault === 'string' && typeof fingerprint === 'string' && isRootPin(newest);
  if (!isWhole || !refs.every((pair): pair is readonly [string, RefPin] => pair[1] !== null)) return null;
  const kept = Array.isArray(changes) ? changes.map(decodeChange) : [null];
  const mine = Array.isArray(own) ? own.map(decodeOwn) : [null];
  if (!kept.every((change) => change !== null) || !mine.every((change) => change !== null)) return null;
  return { vault, fingerprint, newest, refs: withoutEmptyNames(refs), changes: kept, own: mine };
}

/**
 * Lockstep 0.1 kept pins of places without a name of their own under these names. They count everywhere and name no
 * place.
 */
function withoutEmptyNames(refs: readonly (readonly [string, RefPin])[]): Map<string, RefPin> {
  const unnamed = refs.filter(([ref]) => ref === '' || ref === 'detached' || ref === UNNAMED).map(([, pin]) => pin);
  const named = new Map(refs.filter(([ref]) => ref !== '' && ref !== 'detached'));
  const [first, ...others] = unnamed;
  return first === undefined ? named : named.set(UNNAMED, newestOf(first, others));
}

function decodeChange(value: unknown): PinChange | null {
  if (!isRecord(value) || !isRecord(value.entries) || typeof value.ref !== 'string') return null;
  const { ref, at, root } = value;
  const entries = Object.entries(value.entries);
  const isWhole = Number.isSafeInteger(at) && (root === null || isRootPin(root));
  if (!isWhole || !entries.every((pair): pair is [string, EntryPin | null] => pair[1] === null || isEntryPin(pair[1])))
    return null;
  return { ref, at: Number(at), root, entries: new Map(entries) };
}

function decodeOwn(value: unknown): OwnChange | null {
  if (!isRecord(value) || typeof value.key !== 'string') return null;
  const { key, after, before, undoing, mark } = value;
  if (!isEntryPin(after) || !(before === null || isEntryPin(before)) || !isUndoing(undoing)) return null;
  return { key, after, before, undoing, ...(isMark(mark) && { mark }) };
}

function isUndoing(value: unknown): value is Undoing {
  return value === 'nothing' || value === 'value' || value === 'access';
}

function isMark(value: unknown): value is HeadMark {
  if (!isRecord(value) || typeof value.folder !== 'string' || typeof value.last !== 'string') return false;
  return Number.isSafeInteger(value.size);
}

function decodeRef(value: unknown): RefPin | null {
  if (!isRecord(value) || !isRootPin(value.root) || !isRecord(value.entries)) return null;
  const entries = Object.entries(value.entries);
  if (!entries.every((pair): pair is [string, EntryPin] => isEntryPin(pair[1]))) return null;
  const { root, home } = value;
  return { root, entries: new Map(entries), ...(typeof home === 'string' && { home }) };
}

function isRootPin(value: unknown): value is RootPin {
  return isRecord(value) && isCount(value.version) && typeof value.hash === 'string';
}

function isEntryPin(value: unknown): value is EntryPin {
  return isRecord(value) && isCount(value.revision) && typeof value.signature === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
