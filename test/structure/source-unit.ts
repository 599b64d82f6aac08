import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Token, tokensOf } from './tokens.ts';

/** One file under src/, as the laws see it. */
export interface SourceUnit {
  /** Relative to src/, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path relative to src/ of a file of ours; undefined for packages, `node:` and what lies outside src/. */
  readonly file?: string;
  readonly line: number;
}

export function sourceUnit(path: string, text: string): SourceUnit {
  const tokens = tokensOf(text);
  return { path, text, tokens, imports: importsOf(path, tokens) };
}

/** Everything that is written by hand under src/. */
export function sourceUnits(): SourceUnit[] {
  const root = join(import.meta.dirname, '../../src');
  return globSync('**/*.{ts,tsx,js,mts,cts}', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/generated/'))
    .sort()
    .map((path) => sourceUnit(path, readFileSync(join(root, path), 'utf8')));
}

/** `import ... from`, `export ... from`, `import '...'` and `import('...')`, of values and of types alike. */
function importsOf(path: string, tokens: readonly Token[]): Import[] {
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'string' || !isSpecifier(tokens, index)) return [];
    const { text: specifier, line } = token;
    if (!specifier.startsWith('.')) return [{ specifier, line }];
    const file = posix.join(posix.dirname(path), specifier);
    return [file.startsWith('../') ? { specifier, line } : { specifier, file, line }];
  });
}

function isSpecifier(tokens: readonly Token[], index: number): boolean {
  const [before, second] = [tokens[index - 1], tokens[index - 2]];
  if (before?.kind === 'word' && before.text === 'import') return true;
  if (before?.text === '(' && second?.text === 'import') return true;
  return (
    before?.kind === 'word' &&
    before.text === 'from' &&
    (second?.text === '}' || second?.text === '*' || second?.kind === 'word')
  );
}
