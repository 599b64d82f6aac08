/** A pattern for one name: a test for each character. */
export type SegmentPattern = readonly (Wildcard | CharacterTest)[];

type CharacterTest = (character: string) => boolean;
type Wildcard = '*';

/** `*` matches any characters, `?` one character, `[a-z]` and `[!a-z]` one character of a set. */
export function segmentPattern(text: string): SegmentPattern {
  const tokens = text.match(/\*+|\?|\[!?\]?[^\]]+\]|./gsu) ?? [];
  return tokens.map((token) => {
    if (token.startsWith('*')) return '*';
    if (token === '?') return () => true;
    return token.length > 1 ? setOf(token) : (character: string) => character === token;
  });
}

/** Only a dot in the pattern matches a leading dot. */
export function matchesSegment(pattern: SegmentPattern, name: string): boolean {
  return (!name.startsWith('.') || startsWithDot(pattern)) && matchesWildcards(pattern, name);
}

/** Needs linear space and at most pattern times text in time: on a mismatch only the last `*` grows. */
export function matchesWildcards(pattern: SegmentPattern, text: string): boolean {
  const characters = [...text];
  let [at, star, resume] = [0, -1, 0];
  for (let i = 0; i < characters.length; ) {
    const token = pattern[at];
    if (token === '*') [star, resume, at] = [at, i, at + 1];
    else if (token?.(characters[i] ?? '')) [at, i] = [at + 1, i + 1];
    else if (star >= 0) [at, i, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  return pattern.slice(at).every((token) => token === '*');
}

function startsWithDot([first]: SegmentPattern): boolean {
  return typeof first === 'function' && first('.') && !first('a');
}

function setOf(token: string): CharacterTest {
  const isNot = token.startsWith('[!');
  const inner = token.slice(isNot ? 2 : 1, -1);
  const ranges = [...inner.matchAll(/(.)-(.)|(.)/gsu)].map(
    ([, from, to, one]) => [from ?? one ?? '', to ?? one ?? ''] as const,
  );
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== isNot;
}
