import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredFunctions, isPosixShell, programOf } from '../../../../src/definition/scripts/shell/shell-program.ts';
import { readShellScript } from '../../../../src/definition/scripts/shell/shell-script.ts';

/** Each pipeline as `a b | c`, words without their quotes. */
function read(script: string): string[] {
  return readShellScript(script).map((pipeline) =>
    pipeline.map((command) => command.map(({ text }) => text).join(' ')).join(' | '),
  );
}

describe('a shell script', () => {
  test.each<[string, string[]]>([
    ['a b; c && d || e & f', ['a b', 'c', 'd', 'e', 'f']],
    ['a | b |& c\nd', ['a | b | c', 'd']],
    ['a |\n\n  b', ['a | b']],
    ['a \\\n  b # c | d\n#e\nf#g', ['a b', 'f#g']],
    [`a 'b | c' "d; $e" f\\ g $'h i'`, ['a b | c d; $e f g $h i']],
    ['if a; then b; else c; fi', ['a', 'b', 'c', 'fi']],
    ['! { a; }', ['a']],
    ['(a; b) | c', ['a', 'b | c']],
    ['a > b 2>&1 < c >> d &> e f', ['a f']],
    ['a <<< "b c" d', ['a d']],
    ['a <<E <<-F\nb | c\nE\n\td\n\tF\ne', ['a', 'e']],
    ["a <<'E'\nb\nE", ['a']],
    ['a <<E\nnever ended', ['a']],
    ['a "$(b | c)" `d e`', ['a $(b | c) `d e`', 'b | c', 'd e']],
    ['a <(b; c)', ['a <(b; c)', 'b', 'c']],
    ['A=(b "c d") e', ['A=b c d e']],
    ['a $((1 | 2)) ${b:-c d}', ['a $((1 | 2)) ${b:-c d}']],
    ['a\r\nb', ['a', 'b']],
    ['', []],
    ['a "never closed', ['a never closed']],
    ['a $(never closed', ['a $(never closed', 'never closed']],
  ])('%j', (script, pipelines) => {
    expect(read(script)).toEqual(pipelines);
  });

  test.each<[string, string[]]>([
    [`a $b "\${c}" '$d' \\$e \${f:-x} \${#g} \${h:+x} \${i+x} $1 $? "\${j:?no $k}"`, ['b', 'c', 'f', 'k', 'j']],
    ['a "x-$(b "$c")-$d"', ['d', 'c']],
  ])('%s puts in values', (script, variables) => {
    const words = readShellScript(script).flat(2);
    const found = words.flatMap((word) => word.variables);
    expect(found.map(({ name }) => name)).toEqual(variables);
    for (const { name, range } of found)
      expect(script.slice(range.start, range.end)).toMatch(new RegExp(`^\\$\\{?${name}`));
  });

  test('of any text is read to the end, in time, with places that are in it', () => {
    const pieces = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '$',
      '(',
      ')',
      '{',
      '}',
      '"',
      "'",
      '`',
      '<',
      '>',
      '|',
      '&',
      ';',
      '#',
      '\\',
      '=',
      '<<E\n',
      '$((',
      '$x',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const script = parts.join('');
        for (const { range, variables } of readShellScript(script).flat(2)) {
          expect(range.start).toBeLessThan(range.end);
          expect(range.end).toBeLessThanOrEqual(script.length);
          for (const one of variables) expect(script.slice(one.range.start, one.range.end)).toContain(one.name);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each(['$(', '`', '"$(', '${x:-', '<(', '(', 'a <<E ', '$((', 'a | ', "$'", '$(a)', 'a;'])(
    'made of %j alone is no bomb',
    (piece) => {
      expect(() => readShellScript(piece.repeat(100_000))).not.toThrow();
    },
  );
});

describe('a command', () => {
  test.each([
    ['curl -s x', 'curl', '-s x', 3],
    ['A=b /usr/bin/curl x', 'curl', 'x', 1],
    ['sudo -E -u www A=b bash -s', 'bash', '-s', 6],
    ['env -i A=b B=c gh api', 'gh', 'api', 5],
    ['timeout -k 5 30s curl x', 'curl', 'x', 5],
    ['exec nice -n 10 a b', 'a', 'b', 5],
    ['echo $A', 'echo', '$A', 0],
    ['A=b', undefined, undefined, undefined],
    ['sudo', undefined, undefined, undefined],
  ])('%s', (script, name, args, seen) => {
    const [[command] = []] = readShellScript(script);
    const program = command && programOf(command);
    expect(program?.name).toBe(name);
    expect(program?.args.map(({ text }) => text).join(' ')).toBe(args);
    if (seen === 0) expect(program?.seen).toEqual([]);
  });

  test('of a function that the script declares is known', () => {
    expect([...declaredFunctions('a() { b; }\nfunction c-d { e; }; f ( ) {\n}\ng h()')]).toEqual([
      'a',
      'c-d',
      'f',
      'h',
    ]);
  });

  test.each([
    ['bash', true],
    ['sh -e {0}', true],
    ['/bin/bash', true],
    ['python', false],
    ['pwsh', false],
    ['fish', false],
  ])('%s is for scripts of this kind: %s', (shell, is) => {
    expect(isPosixShell(shell)).toBe(is);
  });
});
