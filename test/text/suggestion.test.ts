import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/text/suggestion.ts';
import { canonicalWord } from '../../src/text/synonyms.ts';

describe('the nearest name', () => {
  test.each([
    ['stpes', ['steps', 'args'], 'steps'],
    ['di', ['id', 'uses'], 'id'],
    ['timout', ['timeout'], 'timeout'],
    ['TIMEOUT', ['timeout'], 'timeout'],
    ['continue-on-error', ['continueOnError'], 'continueOnError'],
    ['slack_post', ['slack-post'], 'slack-post'],
    ['x', ['a', 'b'], undefined],
    ['release', ['deploy', 'audit'], undefined],
    ['', ['a'], undefined],
    ['name', [], undefined],
    ['repo', ['repos', 'repo2'], 'repos'],
  ])('%j for %j is %j', (written, candidates, expected) => {
    expect(nearest(written, candidates)).toBe(expected);
  });

  test('is suggested in a sentence, or not at all', () => {
    expect(didYouMean('stpes', ['steps'])).toBe('did you mean "steps"?');
    expect(didYouMean('zzz', ['steps'])).toBeUndefined();
  });
});

describe('synonyms', () => {
  test.each([
    ['arguments', ['args', 'env'], 'args'],
    ['working-directory', ['workdir'], 'workdir'],
    ['depends_on', ['needs'], 'needs'],
    ['script', ['run', 'uses'], 'run'],
    ['constructor', ['args'], undefined],
    ['arguments', ['env'], undefined],
  ])('%j among %j is %j', (written, candidates, expected) => {
    expect(canonicalWord(written, candidates)).toBe(expected);
  });

  test('lead to words that the schemas have', () => {
    const schemas = ['tool', 'agent'].map((name) =>
      readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8'),
    );
    const source = readFileSync(join(import.meta.dirname, '../../src/text/synonyms.ts'), 'utf8');
    const ours = [...source.matchAll(/^ {2}(\w+): \[/gm)].map(([, word]) => word ?? '');
    expect(ours.length).toBeGreaterThan(20);
    for (const word of ours) expect(schemas.join('\n'), word).toContain(`"${word}"`);
  });
});
