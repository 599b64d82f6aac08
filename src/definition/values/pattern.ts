import { InternalError } from '../../errors.ts';

/** A regular expression that is matched in time linear in the text, so that no value can hang us. */
export interface Pattern {
  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean;
}

type RegexEngine = typeof import('re2js').RE2JS;
let engine: RegexEngine | undefined;

/** Must finish before any `pattern` is compiled. Readers of definitions call it, and only where one has a pattern. */
export async function loadPatternEngine(): Promise<void> {
  engine ??= (await import('re2js')).RE2JS;
}

/**
 * Undefined where the text is not a regular expression, or needs more than linear time (look-around, back references).
 */
export function compilePattern(text: string): Pattern | undefined {
  if (engine === undefined) throw new InternalError('a pattern was met before its engine was loaded');
  try {
    const compiled = engine.compile(text);
    return { test: (value) => compiled.matcher(value).find() };
  } catch {
    return undefined;
  }
}
