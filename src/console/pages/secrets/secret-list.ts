import type { Access, Secret, SecretList } from '../../generated/answers.ts';
import { withWords } from '../../parts/word-filter.ts';
import { cellsBySecret, ownCells, type Standing, shortName, standingOf } from '../standing.ts';

/** A secret as the list shows it. */
export interface SecretRow {
  readonly secret: Secret;
  /** Names of what gets it. */
  readonly users: readonly string[];
  /** Refused, changed or unasked: the most urgent one. */
  readonly fault: { readonly standing: Standing; readonly names: readonly string[] } | null;
  readonly standings: ReadonlySet<Standing>;
}

const URGENT: readonly Standing[] = ['refused', 'changed', 'unasked'];

export const FILTERS = {
  all: { words: 'All', holds: () => true },
  due: { words: 'Due', holds: ({ secret }: SecretRow) => secret.due !== undefined },
  exposed: { words: 'Exposed', holds: ({ secret }: SecretRow) => secret.exposed !== undefined },
  refused: {
    words: 'Refused',
    holds: ({ standings }: SecretRow) => standings.has('refused') || standings.has('changed'),
  },
  unasked: { words: 'Not asked for', holds: ({ standings }: SecretRow) => standings.has('unasked') },
} as const;

export type FilterName = keyof typeof FILTERS;

export function isFilter(name: string | null): name is FilterName {
  return name !== null && Object.hasOwn(FILTERS, name);
}

export function rowsOf(list: SecretList | undefined, access: Access | undefined): readonly SecretRow[] {
  const cells = cellsBySecret(access);
  return (list?.secrets ?? []).map((secret) => {
    const own = ownCells(cells.get(secret.name) ?? []);
    const named = (standing: Standing) =>
      own.filter((cell) => standingOf(cell) === standing).map(({ requester }) => shortName(requester));
    const urgent = URGENT.find((standing) => named(standing).length > 0);
    return {
      secret,
      users: named('granted'),
      fault: urgent === undefined ? null : { standing: urgent, names: named(urgent) },
      standings: new Set(own.map(standingOf)),
    };
  });
}

/** Every word has to be found in the name or the description. */
export function matching(rows: readonly SecretRow[], text: string): readonly SecretRow[] {
  return withWords(rows, text, ({ secret: { name, description } }) => `${name}\n${description}`);
}
