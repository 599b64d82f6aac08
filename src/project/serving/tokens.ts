import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { isRecord } from '../../util/guards.ts';
import { repositoryKey, StateFile } from '../repository/state-file.ts';

/** What a token lets a program do. Each scope but `read` includes `read`. */
export const SCOPES = ['read', 'run', 'approve', 'write', 'view'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a token is made with. Absent tools or groups: all. */
export interface TokenRights {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly tools?: readonly string[];
  readonly groups?: readonly string[];
  /** ISO 8601, UTC. */
  readonly expires?: string;
}

/** A token as a list shows it. */
export interface TokenReport extends TokenRights {
  readonly created: string;
}

interface StoredToken extends TokenReport {
  /** Hex sha256 of the token: 256 random bits need no slow hash. */
  readonly hash: string;
}

/** The name of the token that `serve` prints. */
export const START_NAME = 'serve';
/** With what the name of a person of an issuer begins. */
export const PERSON_PREFIX = 'oidc:';

const BYTES = 32;
const PREFIX = 'lockstep_';

/** A token that no file knows: `serve` prints it at its start. */
export function newToken(): string {
  return PREFIX + randomBytes(BYTES).toString('base64url');
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The tokens for the servers of one repository of this user, in the state folder. */
export class Tokens {
  readonly #file: StateFile<readonly StoredToken[]>;
  readonly #now: () => Date;

  constructor(stateDir: string, root: string, now: () => Date) {
    this.#file = new StateFile(join(stateDir, 'tokens', `${repositoryKey(root)}.json`), {
      empty: [],
      parse: (json) => (Array.isArray(json) ? json.filter(isStored) : null),
      afterRemoval: 'make new tokens',
    });
    this.#now = now;
  }

  /** @returns the token, which cannot be shown again. @throws LockstepError `name/taken`, `name/invalid` */
  async make(rights: TokenRights): Promise<string> {
    if (isReserved(rights.name))
      throw new LockstepError(
        'name/invalid',
        `the name "${rights.name}" is not free: the server gives such names itself`,
        ['choose a name that says which program has the token, such as ci'],
      );
    const token = newToken();
    const stored = { ...rights, created: this.#now().toISOString(), hash: hashToken(token).toString('hex') };
    await this.#file.change((known) => {
      if (known.every(({ name }) => name !== rights.name)) return [...known, stored];
      throw new LockstepError('name/taken', `there is a token "${rights.name}" already`, [
        `lockstep token revoke ${rights.name}`,
      ]);
    });
    return token;
  }

  list(): readonly TokenReport[] {
    return this.#file.read().map(({ hash: _, ...report }) => report);
  }

  /** @throws LockstepError `token/unknown` */
  async revoke(name: string): Promise<void> {
    await this.#file.change((known) => {
      const others = known.filter((one) => one.name !== name);
      if (others.length < known.length) return others;
      throw new LockstepError('token/unknown', `there is no token "${name}"`, ['lockstep token list']);
    });
  }

  /** The rights of a token that is valid now. Read from the disk each time, so that a revocation counts at once. */
  find(token: string): TokenRights | undefined {
    const hash = hashToken(token);
    const found = this.#file.read().find((one) => timingSafeEqual(Buffer.from(one.hash, 'hex'), hash));
    if (found === undefined || isReserved(found.name)) return undefined;
    if (found.expires !== undefined && found.expires <= this.#now().toISOString()) return undefined;
    return found;
  }
}

/** What a token with such a name does would be on record as another's. */
function isReserved(name: string): boolean {
  return name === START_NAME || name.startsWith(PERSON_PREFIX);
}

function isStored(value: unknown): value is StoredToken {
  return isRecord(value) && typeof value.hash === 'string' && value.hash.length === 64 && Array.isArray(value.scopes);
}
