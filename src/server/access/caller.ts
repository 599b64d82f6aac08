import { timingSafeEqual } from 'node:crypto';
import { LockstepError } from '../../errors.ts';
import { parseGrant } from '../../grant.ts';
import { hashToken, SCOPES, type Scope, type TokenRights, type Tokens } from '../../project/serving/tokens.ts';
import type { Oidc } from './oidc.ts';
import { Refusal } from './refusal.ts';

/** Failed tokens within the window after which an address has to wait. */
const MOST_FAILURES = 20;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Who makes a request, and what they may do. */
export class Caller {
  /** The same for each request of one token, or of one person of an issuer, and of no other. */
  readonly id: string;
  readonly #rights: TokenRights;

  constructor(rights: TokenRights, id: string) {
    this.#rights = rights;
    this.id = id;
  }

  get name(): string {
    return this.#rights.name;
  }

  get scopes(): readonly Scope[] {
    return SCOPES.filter((scope) => this.may(scope));
  }

  /** Every scope includes `read`. */
  may(scope: Scope): boolean {
    return scope === 'read' || this.#rights.scopes.includes(scope);
  }

  mayUseTool(tool: string): boolean {
    return this.#rights.tools?.includes(tool) ?? true;
  }

  mayUseGroup(group: string): boolean {
    return this.#rights.groups?.includes(group) ?? true;
  }

  get isLimitedToTools(): boolean {
    return this.#rights.tools !== undefined;
  }

  /** Whether some groups are out of reach, so that the group of a call has to be looked at. */
  get isLimitedToGroups(): boolean {
    return this.#rights.groups !== undefined;
  }

  requireScope(scope: Scope): void {
    if (!this.may(scope))
      throw new Refusal(403, 'access/scope', `the token "${this.name}" does not have the scope "${scope}"`, [
        `lockstep token make NAME --scope ${scope}`,
      ]);
  }

  requireTool(tool: string): void {
    if (!this.mayUseTool(tool))
      throw new Refusal(403, 'access/tool', `the token "${this.name}" may not use the tool "${tool}"`, []);
  }

  /** A token for some tools grants to these alone. @throws Refusal 403 */
  requireGrants(grants: readonly string[]): void {
    if (this.#rights.tools === undefined) return;
    for (const text of grants) {
      const grant = parseGrant(text);
      if (grant?.to === 'tool' || grant?.to === 'trigger') this.requireTool(grant.name);
      else
        throw new Refusal(
          403,
          'access/tool',
          `the token "${this.name}" is for some tools, and may grant to no other`,
          [],
        );
    }
  }

  requireGroup(group: string): void {
    if (!this.mayUseGroup(group))
      throw new Refusal(403, 'access/group', `the token "${this.name}" may not use the group "${group}"`, []);
  }
}

/** Tells callers by their tokens, and makes those wait who guess. */
export class Callers {
  readonly #startHash: Buffer;
  readonly #startRights: TokenRights;
  readonly #tokens: Tokens;
  readonly #now: () => number;
  readonly #oidc: Oidc | undefined;
  readonly #failures = new Map<string, { count: number; since: number }>();

  /** @param start the token that `serve` prints, with all scopes that the server allows */
  constructor(
    start: { readonly token: string; readonly rights: TokenRights },
    tokens: Tokens,
    now: () => number,
    oidc?: Oidc,
  ) {
    this.#oidc = oidc;
    this.#startHash = hashToken(start.token);
    this.#startRights = start.rights;
    this.#tokens = tokens;
    this.#now = now;
  }

  /**
   * @param authorization the value of the header
   * @param address of the client
   * @throws Refusal 401, or 429 after too many failures
   */
  async find(authorization: string | undefined, address: string): Promise<Caller> {
    const caller = await this.#callerBy(authorization);
    // Who has a token is not kept out by another program that guesses.
    if (caller !== undefined) return caller;
    const waits = this.#waitSeconds(address);
    if (waits > 0)
      throw new Refusal(429, 'access/too-many-failures', `too many failed tokens; wait ${waits} s`, [], {
        'retry-after': String(waits),
      });
    if (authorization !== undefined) this.#fail(address);
    throw new Refusal(
      401,
      'access/token',
      authorization === undefined ? 'the request has no access token' : 'the access token is not valid',
      ['send `Authorization: Bearer TOKEN` with the token that `lockstep serve` printed', 'lockstep token make NAME'],
      { 'www-authenticate': 'Bearer' },
    );
  }

  /** Whether a request with this header would be let in now. */
  async isValid(authorization: string | undefined): Promise<boolean> {
    return (await this.#callerBy(authorization)) !== undefined;
  }

  async #callerBy(authorization: string | undefined): Promise<Caller | undefined> {
    const [, token] = /^Bearer ([A-Za-z0-9._~+/-]{1,8192}=*)$/.exec(authorization ?? '') ?? [];
    if (token === undefined) return undefined;
    // A token of an issuer has three parts; ours have no dot.
    if (this.#oidc !== undefined && token.split('.').length === 3) {
      const found = await this.#oidc.rightsOf(token);
      // An issuer gives a person a new token every few minutes.
      return found && new Caller(found, `oidc:${found.subject}`);
    }
    const rights = this.#rightsOf(token);
    return rights && new Caller(rights, `token:${hashToken(token).toString('hex')}`);
  }

  #rightsOf(token: string): TokenRights | undefined {
    if (timingSafeEqual(hashToken(token), this.#startHash)) return this.#startRights;
    try {
      return this.#tokens.find(token);
    } catch (error) {
      if (error instanceof LockstepError) return undefined;
      throw error;
    }
  }

  #waitSeconds(address: string): number {
    const known = this.#failures.get(address);
    if (known === undefined || known.count < MOST_FAILURES) return 0;
    const left = known.since + WINDOW_MS - this.#now();
    if (left > 0) return Math.ceil(left / 1000);
    this.#failures.delete(address);
    return 0;
  }

  #fail(address: string): void {
    const now = this.#now();
    const known = this.#failures.get(address);
    if (known === undefined || known.since + WINDOW_MS <= now) {
      if (this.#failures.size >= MOST_ADDRESSES) this.#failures.clear();
      this.#failures.set(address, { count: 1, since: now });
    } else known.count += 1;
  }
}
