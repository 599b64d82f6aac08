import { InternalError } from '../../errors.ts';

/** A regular expression that is matched in time linear in the text, so that no value can hang us. */
export interface Pattern {
  /** Whether it is found anywhere in the text. */
  test(text: string): boolean;
}

type RegexEngine = typeof import('re2js').RE2JS;
let engine: RegexEngine | undefined;

/** Has to have ended before any `pattern` is compiled; who reads definitions sees to it, and only where one has a pattern. */
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
