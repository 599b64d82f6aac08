import { describe, expect, test } from 'vitest';
import { shellPlaces } from '../../../src/definition/scripts/places/shell-places.ts';
import { brokenLimit, strictestFirst } from '../../../src/definition/scripts/template/limits.ts';
import { resolveTemplate } from '../../../src/definition/scripts/template/resolve-template.ts';
import { templateOf } from './fill.ts';
import { BROKEN, PLACES } from './labelled-places.ts';
import { FREE, GUARDED } from './labelled-roads.ts';
import { SINKS } from './labelled-sinks.ts';

function placesIn(script: string, kind: 'bash' | 'sh' = 'bash') {
  const { text, marker } = resolveTemplate(templateOf(`${script}\n`).parts, 'true');
  return shellPlaces(text, marker, kind);
}

describe('a hole stands where bash says', () => {
  for (const [where, scripts] of Object.entries(PLACES))
    test.each(scripts)(`${where}: %j`, (script) => {
      const [place] = placesIn(script).places;
      expect(place?.how === 'words' ? `${place.where}, as words` : place?.where).toBe(where);
    });

  test.each(BROKEN)('%j cannot be read', (script) => {
    expect(placesIn(script).fault).toMatch(/./);
  });
});

test.each(SINKS)('%j takes %s', (script, expected) => {
  const [place] = placesIn(script).places;
  const limits = strictestFirst(place?.limits ?? []).map(({ limit }) => limit);
  expect(`${place?.how} ${[...new Set(limits)].join(' ')}`.trim()).toBe(expected);
});

/** Texts that would run, be worked out, name a variable, or be an option. */
const HOSTILE = [
  '$(id)',
  '`id`',
  'a[$(id)]',
  ';id',
  '|id',
  "'id",
  '"id',
  'a\nid',
  'https://-T/etc/passwd',
  'a,-T/x',
  'a -T/x',
];

function takenIn(script: string): string[] {
  const { places, fault } = placesIn(script);
  if (fault !== undefined) return [];
  return HOSTILE.filter((value) =>
    places.every(({ how, limits }) => how !== 'refuse' && brokenLimit(limits, value, 'string') === undefined),
  );
}

test.each(GUARDED)('a value that is read once more is not free text: %j', (script) => {
  expect(takenIn(script)).not.toEqual(HOSTILE);
  expect(placesIn(script).fault).toBeUndefined();
  expect(takenIn(script).filter((value) => isOptions(script) === /-T/.test(value))).toEqual([]);
});

/** Scripts in which a part of the value would be an option, and no more. */
function isOptions(script: string): boolean {
  return /curl/.test(script);
}

test.each(FREE)('a value that is a text all the way may be any text: %j', (script) => {
  expect(takenIn(script)).toEqual(HOSTILE);
});

test.each([
  ["echo $'{{ .x }}'", 'refuse'],
  ['[[ -n a && {{ .x }} == b ]]', 'refuse'],
  ['[[ ! {{ .x }} ]]', 'refuse'],
  ['[[ {{ .x }} == b ]]', 'reference'],
  ['[[ -n a && -n {{ .x }} ]]', 'reference'],
  ['run &> log {{ .x }}', 'refuse'],
  ['run {{ .x }} &> log', 'words'],
  ['echo "${v/{{ .x }}/b}"', 'refuse'],
  ['[[ a =~ x|{{ .x }} ]]', 'refuse'],
  ['[[ a > {{ .x }} ]]', 'refuse'],
  ['[[ a =~ {{ .x }} ]]', 'reference'],
])('under sh, which may be dash, %j is %s: dash would run it as a command, or read it otherwise', (script, how) => {
  expect(placesIn(script, 'sh').places[0]?.how).toBe(how);
});

test.each(['v="{{ .x }}"; [[ a =~ x|$v ]]', 'v="{{ .x }}"; run &> f "$v"', 'v="{{ .x }}"; [[ b > $v ]]'])(
  'under sh, a variable is not read as a command or a file: %j',
  (script) => {
    expect(placesIn(script, 'sh').places[0]?.limits.map(({ limit }) => limit)).toContain('never');
  },
);

test('under sh, a variable behind || of [[ ]] would run in other shells than bash', () => {
  const script = 'v="{{ .x }}"; [[ $v == a || $v == b ]]';
  const limitsIn = (kind: 'bash' | 'sh') => placesIn(script, kind).places[0]?.limits.map(({ limit }) => limit);
  expect([limitsIn('bash'), limitsIn('sh')]).toEqual([[], ['never']]);
});

const BOMBS: Readonly<Record<string, string>> = {
  holes: 'echo "{{ .x }}"\n'.repeat(60_000),
  'holes in one document': `cat <<EOF\n${'{{ .x }} '.repeat(900)}${'x'.repeat(900_000)}\nEOF`,
  'holes in sh -c': `sh -c '${'echo "{{ .x }}"; '.repeat(900)}${'echo a; '.repeat(100_000)}'`,
  commands: `${'a;'.repeat(400_000)} echo "{{ .x }}"`,
  pipes: `echo "{{ .x }}" ${'| cat '.repeat(150_000)}`,
  readers: `echo "{{ .x }}" ${'| read a '.repeat(100_000)}`,
  assignments: `a="{{ .x }}"\n${Array.from({ length: 60_000 }, (_, at) => `a${at}=$a`).join('\n')}`,
  chain: `a0="{{ .x }}"\n${Array.from({ length: 60_000 }, (_, at) => `a${at + 1}=$a${at}`).join('\n')}`,
  functions: `f0 "{{ .x }}"\n${Array.from({ length: 30_000 }, (_, at) => `f${at}() { f${at + 1} "$1"; }`).join('\n')}`,
  nesting: `echo "${'$('.repeat(200)}echo {{ .x }}${')'.repeat(200)}"`,
  'deep nesting': `${'$('.repeat(100_000)}{{ .x }}`,
  comments: `${'# '.repeat(400_000)}{{ .x }}`,
  json: `x='{"a": [${'"{{ .x }}", '.repeat(900)}${'1, '.repeat(250_000)}1]}'`,
  'a text of Python': `python3 -c '${'print("{{ .x }}");'.repeat(900)}${'a = 1;'.repeat(100_000)}'`,
  backslashes: `echo ${'\\'.repeat(500_000)}{{ .x }}`,
  evals: `x="{{ .x }}"\n${'eval "$x"\n'.repeat(80_000)}`,
  substitutions: `x="{{ .x }}"\n${'y=$(echo "$x" | tr a b)\n'.repeat(30_000)}`,
};

test.each(Object.entries(BOMBS))(
  'a script of a million characters is read, or refused: %s',
  (_, script) => {
    const found = placesIn(script.slice(0, 1_100_000));
    expect(found.fault !== undefined || found.places.length > 0).toBe(true);
  },
  10_000,
);
