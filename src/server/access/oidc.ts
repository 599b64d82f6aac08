import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { PERSON_PREFIX, type Scope, type TokenRights } from '../../project/serving/tokens.ts';
import { isRecord } from '../../util/guards.ts';

/** Which rights a claim gives. A claim with a list of values gives them where one of these is the value. */
export interface AccessRule {
  readonly claim: string;
  readonly value: string;
  readonly scopes: readonly Scope[];
  readonly tools?: readonly string[];
  readonly groups?: readonly string[];
}

export interface OidcOptions {
  /** The issuer's address, as its tokens name it. */
  readonly issuer: string;
  readonly audience: string;
  readonly rules: readonly AccessRule[];
}

/** What signs a company's tokens today; symmetric algorithms would make the public key a password. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_SKEW_SECONDS = 30;
const DISCOVERY_MS = 5_000;

/** What the token of a person allows, and whose it is. */
export interface PersonRights extends TokenRights {
  /** As the issuer names the person. */
  readonly subject: string;
}

/** Checks tokens of an OpenID Connect issuer. */
export class Oidc {
  readonly #options: OidcOptions;
  #keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  get issuer(): string {
    return this.#options.issuer;
  }

  /** The rights of a token; undefined where it is not valid, or no rule fits it. */
  async rightsOf(token: string): Promise<PersonRights | undefined> {
    const { issuer, audience, rules } = this.#options;
    try {
      const { payload } = await jwtVerify(token, await this.#keysOf(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return combined(
        payload,
        rules.filter((rule) => fits(payload, rule)),
      );
    } catch {
      return undefined;
    }
  }

  /** @throws where the issuer cannot be reached; the next token tries again */
  async #keysOf(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    if (this.#keys !== undefined) return this.#keys;
    const at = new URL('.well-known/openid-configuration', `${this.#options.issuer.replace(/\/$/, '')}/`);
    const answer = await fetch(at, { signal: AbortSignal.timeout(DISCOVERY_MS), redirect: 'error' });
    const found: unknown = await answer.json();
    if (!isRecord(found) || typeof found.jwks_uri !== 'string' || found.issuer !== this.#options.issuer)
      throw new Error('the issuer does not describe itself');
    this.#keys = createRemoteJWKSet(new URL(found.jwks_uri));
    return this.#keys;
  }
}

function fits(payload: JWTPayload, { claim, value }: AccessRule): boolean {
  const given = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  return Array.isArray(given) ? given.includes(value) : given === value;
}

/** The scopes of all rules that fit. A rule for some tools or groups must not widen another, so the limits of all hold. */
function combined(payload: JWTPayload, rules: readonly AccessRule[]): PersonRights | undefined {
  if (rules.length === 0) return undefined;
  const tools = rules.flatMap((rule) => (rule.tools === undefined ? [] : [rule.tools]));
  const groups = rules.flatMap((rule) => (rule.groups === undefined ? [] : [rule.groups]));
  return {
    name: `${PERSON_PREFIX}${String(payload.sub).slice(0, 128)}`,
    subject: String(payload.sub),
    scopes: [...new Set(rules.flatMap(({ scopes }) => scopes))],
    ...(tools.length > 0 && { tools: shared(tools) }),
    ...(groups.length > 0 && { groups: shared(groups) }),
  };
}

function shared(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return first.filter((one) => others.every((list) => list.includes(one)));
}
