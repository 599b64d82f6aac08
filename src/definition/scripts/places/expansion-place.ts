import { ARITHMETIC, INDEX } from '../flow/followed-script.ts';
import type { ParameterExpansionPart, SyntaxNode } from '../syntax/shell-tree.ts';
import type { Limited } from '../template/limits.ts';
import {
  type HoleContext,
  numberAt,
  type Place,
  placeAt,
  plainReference,
  quotedReference,
  refusedAt,
} from './place.ts';

const INSIDE = 'inside ${ }';

/**
 * A hole within `${...}`.
 * @param at of the expansion in the path
 */
export function expansionPlace(on: HoleContext, param: ParameterExpansionPart, at: number): Place {
  const { path, quote } = on;
  const part = path[at - 1];
  if (part === undefined) return refusedAt(on, INSIDE, 'nothing is filled in at this place of ${ }');
  if (part === param.index) return numberAt(on, 'index of an array', INDEX);
  const quoteAt = path.findIndex(({ type }) => type === quote);
  const inner = quote !== 'bare' && quoteAt < at ? quote : 'bare';
  if (param.prefix !== undefined || inner === 'SingleQuoted' || inner === 'AnsiCQuoted')
    return refusedAt(on, INSIDE, 'nothing is filled in at this place of ${ }');
  const holder = holderOf(path.slice(at + 1));
  switch (part.type) {
    case 'Slice':
      return numberAt(on, 'arithmetic', ARITHMETIC);
    case 'Default': {
      const write = inner === 'bare' && holder === 'bare' ? quotedReference : plainReference;
      return placeAt(on, 'default in ${x:-...}', 'reference', { write, limits: codeLimits(on, at) });
    }
    case 'Remove':
    case 'Replace': {
      if (holder === 'document' || (part.type === 'Replace' && on.analysis.kind === 'sh'))
        return refusedAt(on, 'pattern in ${x%...}', 'shells read this place differently');
      const write = inner === 'bare' ? quotedReference : plainReference;
      return placeAt(on, 'pattern in ${x%...}', 'reference', { write });
    }
    default:
      return refusedAt(on, INSIDE, 'nothing is filled in at this place of ${ }');
  }
}

function holderOf(above: readonly SyntaxNode[]): 'double' | 'document' | 'bare' {
  const found = above.find(({ type }) =>
    /^(?:DoubleQuoted|LocaleString|HereDocBody|CommandExpansion|ProcessSubstitution)$/.test(type),
  );
  if (found?.type === 'HereDocBody') return 'document';
  return found?.type === 'DoubleQuoted' || found?.type === 'LocaleString' ? 'double' : 'bare';
}

/** The role in the program that the expansion is part of. */
function codeLimits({ path, analysis }: HoleContext, at: number): Limited[] {
  const above = path.slice(at + 1);
  const wordAt = above.findIndex(({ type }) => type === 'Word');
  const word = above[wordAt];
  const command = above[wordAt + 1];
  if (word?.type !== 'Word' || command?.type !== 'Command') return [];
  if (command.name === word) return [{ limit: 'never', because: 'it would choose the program that is run' }];
  const role = analysis.rolesOf(command).get(word);
  if (role?.is === 'integer') return [{ limit: 'integer', because: ARITHMETIC }];
  if (role?.is === 'program' || role?.is === 'name')
    return [{ limit: 'never', because: 'it would choose the program or the variable that is used' }];
  if (role?.is === 'format') return [{ limit: 'no-format', because: 'printf reads it as a format' }];
  if (role?.is !== 'code') return [];
  return [{ limit: 'integer', because: `${role.language} reads it as a program` }];
}
