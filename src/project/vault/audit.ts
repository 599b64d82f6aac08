import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockstepError, systemCode, systemReason } from '../../errors.ts';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { currentActor } from './actor.ts';

export type AuditAction =
  | 'use'
  | 'outcome'
  | 'reveal'
  | 'export'
  | 'set'
  | 'rotate'
  | 'describe'
  | 'remove'
  | 'grant'
  | 'revoke'
  | 'members'
  | 'groups'
  | 'scan';

/** In another user's state folder, a link must not decide which file root appends to. */
const APPENDING = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** One line of the log. It has names and versions, never a value. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly action: AuditAction;
  /** The owner of the identity, by the name in the vault. */
  readonly member?: string;
  /** Who requested it from a server: `token NAME`, `schedule`, `webhook`. */
  readonly actor?: string;
  readonly group?: string;
  readonly secrets?: readonly { readonly name: string; readonly version: number }[];
  readonly tool?: string;
  /** The digest of the tool, as pinned grants name it. */
  readonly digest?: string;
  readonly agent?: string;
  readonly run?: string;
  /** How a run ended, or which change was made: `granted tool:deploy`. */
  readonly detail?: string;
}

/**
 * The audit log of one vault's secrets on this machine: one JSON object a line, appended in a single write and synced
 * before it counts. Not chained: anyone who can write the state folder can truncate it.
 */
export class AuditLog {
  readonly #path: string;

  constructor(stateDir: string, vault: string) {
    this.#path = join(stateDir, 'audit', `${vault}.jsonl`);
  }

  /**
   * Called before a change, so that no change is made that cannot be recorded.
   * @throws LockstepError `state/unusable`
   */
  requireWritable(): void {
    this.#write(() => '');
  }

  /** @throws LockstepError `state/unusable`: an operation that cannot be recorded must not happen */
  append(record: Omit<AuditRecord, 'time' | 'actor'>): void {
    const actor = currentActor();
    const line = JSON.stringify({ time: new Date().toISOString(), ...(actor !== undefined && { actor }), ...record });
    this.#write((torn) => `${torn ? '\n' : ''}${line}\n`);
  }

  #write(lineAfter: (torn: boolean) => string): void {
    try {
      makeFoldersSync(dirname(this.#path), 0o700);
      const file = openSync(this.#path, APPENDING, 0o600);
      try {
        const line = Buffer.from(lineAfter(endsTorn(file)));
        if (writeSync(file, line) !== line.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new LockstepError(
        'state/unusable',
        `${this.#path} cannot be written (${systemReason(error)}), and a use that cannot be recorded is refused`,
        ['make it writable, or name another state folder: LOCKSTEP_STATE_DIR=DIR'],
        error,
      );
    }
  }

  /** Oldest first. Skips a line that a crash cut off. */
  read(): AuditRecord[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw new LockstepError(
        'state/unusable',
        `${this.#path} cannot be read (${systemReason(error)})`,
        ['make it readable'],
        error,
      );
    }
    return text.split('\n').flatMap(parseRecord);
  }
}

/** Whether the last line has no line end: its writer was killed. */
function endsTorn(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

function parseRecord(line: string): AuditRecord[] {
  if (line === '') return [];
  try {
    const record: unknown = JSON.parse(line);
    return record !== null && typeof record === 'object' && 'time' in record && 'action' in record
      ? [record as AuditRecord]
      : [];
  } catch {
    return [];
  }
}
