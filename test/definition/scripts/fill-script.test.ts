import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadJavaScriptParser } from '../../../src/definition/scripts/languages/javascript.ts';
import type { ScriptLanguage } from '../../../src/definition/scripts/template/script-language.ts';
import type { JsonValue } from '../../../src/text/node.ts';
import type { Problem } from '../../../src/text/problem.ts';
import { fill, filledText, templateOf } from './fill.ts';

beforeAll(loadJavaScriptParser);

describe('{{ }} in a script', () => {
  test.each([
    ['echo {{ if .x }}yes{{ else }}no{{ end }}', { x: true }, 'echo yes'],
    ['echo {{ if .x }}yes{{ else }}no{{ end }}', { x: false }, 'echo no'],
    ['{{ if .x }}yes{{ end }}', { x: '' }, ''],
    ['{{ if not .x }}yes{{ end }}', {}, 'yes'],
    ['echo {{ if eq .x "a b" }}1{{ else if eq .x `c` }}2{{ else }}3{{ end }}', { x: 'c' }, 'echo 2'],
    ['{{ if ne .x "a" }}{{ if .y }}both{{ end }}{{ end }}', { x: 'b', y: 1 }, 'both'],
    ['{{ "{{" }} .x {{ "}}" }}{{/* not said */}}', {}, '{{ .x }}'],
    ['f"{{name}} {{ 1 }}" ${{ github.x }} {{', {}, 'f"{{name}} {{ 1 }}" ${{ github.x }} {{'],
    ['echo "a {{- .x -}} b"', { x: 'v' }, 'echo "a${INPUT_X}b"'],
    ['echo "{{ .x | default "none" }}"', {}, 'echo "none"'],
    ['echo "{{ .x | default "none" }}"', { x: 'a' }, 'echo "${INPUT_X}"'],
    [
      'echo {{ range .x }}"{{ . }}" {{ end }}',
      { x: ['a', 'b'] },
      'echo "${LOCKSTEP_INPUT_X_0}" "${LOCKSTEP_INPUT_X_1}" ',
    ],
    ["curl -d '{{ .x | toJson }}'", { x: { a: "it's" } }, "curl -d ''\"${LOCKSTEP_INPUT_X_JSON}\"''"],
    ['rm {{ .x | quote }}', { x: 'a b' }, 'rm "${INPUT_X}"'],
    ['{{ if .x }}{{ .y }}{{ end }}', { y: '$(id)' }, ''],
  ] as [string, Record<string, JsonValue>, string][])('%j with %j is %j', (script, values, expected) => {
    expect(filledText(script, values)).toBe(expected);
  });

  test.each([
    ['{{ range .x }}{{ else }}{{ end }}', 'is not part of an `if`'],
    ['{{ . }}', 'is not inside a `range`'],
    ['{{ range .x }}', 'a `range` of the script is never closed'],
    ['{{ .x | upper }}', 'is not filled'],
    ['{{ end }}', 'is not part of an `if`'],
  ])('%j is not read: %s', (script, message) => {
    const problems: Problem[] = [];
    templateOf(script, problems);
    expect(problems.map((one) => one.message).join()).toContain(message);
  });
});

describe('a reference stands in the quoting of its place', () => {
  test.each([
    ['echo "a {{ .x }} b"', 'echo "a ${INPUT_X} b"'],
    ["echo 'a {{ .x }} b'", "echo 'a '\"${INPUT_X}\"' b'"],
    ["echo $'a\\t{{ .x }}'", "echo $'a\\t'\"${INPUT_X}\"$''"],
    ['run --name={{ .x }}', 'run --name="${INPUT_X}"'],
    ['curl -o f {{ .x }}', 'curl -o f "${INPUT_X}"'],
    ['V={{ .x }}', 'V="${INPUT_X}"'],
    ['cat <<EOF\n{{ .x }}\nEOF', 'cat <<EOF\n${INPUT_X}\nEOF'],
    ["cat <<'EOF'\n$a `b` \\ {{ .x }}\nEOF", 'cat <<EOF\n\\$a \\`b\\` \\\\ ${INPUT_X}\nEOF'],
    ['curl -d \'{"a": "{{ .x }}"}\'', 'curl -d \'{"a": "\'"${LOCKSTEP_INPUT_X_IN_JSON}"\'"}\''],
    ['echo "${y:-{{ .x }}}" ${y:-{{ .x }}}', 'echo "${y:-${INPUT_X}}" ${y:-"${INPUT_X}"}'],
    ['case $a in {{ .x }}) ;; esac', 'case $a in "${INPUT_X}") ;; esac'],
    ['[[ $a == {{ .x }} ]]', '[[ $a == "${INPUT_X}" ]]'],
    ['# {{ .x }}\necho', '# {{ .x }}\necho'],
    ["sh -c 'echo {{ .x }}'", 'sh -c \'echo "${INPUT_X}"\''],
    ['sh -c "echo {{ .x }}"', 'sh -c "echo \\"\\${INPUT_X}\\""'],
    ['python3 -c \'print("{{ .x }}")\'', 'python3 -c \'print("Ada")\''],
  ])('%j', (script, expected) => {
    expect(filledText(script, { x: 'Ada' })).toBe(expected);
  });

  test.each(['Done!', 'why?', '#12', 'Zoë', 'https://e.com/?a=1&b=2', 'it\'s "fine"', 'two\nlines', '$(id)', '`id`'])(
    'everyday text goes through, and is no part of the script: %j',
    (x) => {
      expect(fill('echo "Hello {{ .x }}"', { x })).toEqual({
        script: 'echo "Hello ${INPUT_X}"',
        variables: { INPUT_X: x },
      });
    },
  );

  test('of two arguments whose variables have one name each has its own', () => {
    const filled = fill('echo "{{ .a-b }}" "{{ .a_b }}"', { 'a-b': '1', a_b: '2' });
    expect(filled).toEqual({
      script: 'echo "${INPUT_A_B}" "${INPUT_A_B_}"',
      variables: { INPUT_A_B: '1', INPUT_A_B_: '2' },
    });
  });

  test('a script without holes stays as it is, whatever it is', () => {
    expect(filledText('echo "', {})).toBe('echo "');
  });
});

describe('words', () => {
  test.each([
    [
      'aws {{ .x }}',
      's3 ls "a b"',
      { words: 'many' },
      'aws "${LOCKSTEP_INPUT_X_WORD_1}" "${LOCKSTEP_INPUT_X_WORD_2}" "${LOCKSTEP_INPUT_X_WORD_3}"',
    ],
    ['aws {{ .x }}', 's3', {}, 'aws "${LOCKSTEP_INPUT_X_WORD_1}"'],
    ['aws {{ .x }}', '', {}, 'aws '],
    ['aws {{ .x }}', 's3 --recursive', {}, 'refused: begins with "-", and aws would take it for an option'],
    [
      'aws {{ .x }}',
      's3 --recursive',
      { words: 'options' },
      'aws "${LOCKSTEP_INPUT_X_WORD_1}" "${LOCKSTEP_INPUT_X_WORD_2}"',
    ],
    ['aws {{ .x }}', 's3 "', {}, 'refused: has a quote that is never closed'],
    [
      'aws {{ .x }}',
      's3 | sh',
      {},
      'refused: holds a pipe, a redirection or a second command, which only the script itself may have',
    ],
    [
      'aws {{ .x }}',
      's3 > f',
      {},
      'refused: holds a pipe, a redirection or a second command, which only the script itself may have',
    ],
    ['curl -o f {{ .x }}', 'http://a file:///etc/passwd', {}, 'refused: has a space and is not quoted there'],
    [
      'curl -o f {{ .x }}',
      'a b',
      { words: 'many' },
      'curl -o f "${LOCKSTEP_INPUT_X_WORD_1}" "${LOCKSTEP_INPUT_X_WORD_2}"',
    ],
    ['aws {{ .x }}', 'a b', { words: 'one' }, 'refused: has a space and is not quoted there'],
    [
      'for i in {{ .x }}; do echo "$i"; done',
      'a b',
      {},
      'for i in "${LOCKSTEP_INPUT_X_WORD_1}" "${LOCKSTEP_INPUT_X_WORD_2}"; do echo "$i"; done',
    ],
  ] as const)('%j with %j and %j is %j', (script, x, argument, expected) => {
    expect(filledText(script, { x }, 'bash', { x: { schema: {}, ...argument } })).toBe(expected);
  });
});

describe('what the definition itself lists may stand anywhere', () => {
  test.each([
    [{ schema: { enum: ['kubectl get', 'x'] } }, 'kubectl get pods'],
    [{ schema: {}, default: 'kubectl get' }, 'kubectl get pods'],
    [
      { schema: {} },
      'refused: may only be a value that the definition itself lists, because it would choose the command that is run',
    ],
  ])('%j', (argument, expected) => {
    expect(filledText('{{ .x }} pods', { x: 'kubectl get' }, 'bash', { x: argument })).toBe(expected);
  });

  test('true and false are commands, and an argument that is not given is nothing', () => {
    expect(filledText('if {{ .x }}; then echo; fi', { x: true })).toBe('if true; then echo; fi');
    expect(filledText('echo $((1 {{ .x }}))', {})).toBe('echo $((1 ))');
  });
});

describe('Python and JavaScript', () => {
  test.each([
    ['python', 'print("a {{ .x }}")', "it's {b}", 'print("a it\\u0027s \\u007bb\\u007d")'],
    ['python', "print(r'a{{ .x }}')", '\\', "print(r'a' \"\\u005c\" r'')"],
    ['python', 'print(b"{{ .x }}")', 'é', 'print(b"\\xc3\\xa9")'],
    ['python', 'print(f"{{ .x }} {y}")', '{y}', 'print(f"\\u007by\\u007d {y}")'],
    ['python', 'n = {{ .x }}', 12, 'n = 12'],
    ['python', 'n = {{ .x }}', true, 'n = True'],
    ['python', 'n = {{ .x }}', ['a"', 1], 'n = ["a\\u0022", 1]'],
    [
      'python',
      'n = {{ .x }}',
      '__import__("os")',
      'refused: is a text, and outside quotes only a number, true or false, or a list can stand',
    ],
    [
      'python',
      'n = "\\{{ .x }}"',
      'n',
      'refused: may only be a value that the definition itself lists, because it follows a backslash',
    ],
    ['python', '# {{ .x }}', 'a\nb', '# {{ .x }}'],
    ['python', 'print("{{ .x }})', 'a', 'refused: cannot be filled in, because the script cannot be read as python'],
    ['node', 'log("{{ .x }}")', '"`', 'log("\\u0022\\u0060")'],
    ['node', 'log(`{{ .x }}`)', '${a}', 'log(`\\u0024\\u007ba\\u007d`)'],
    ['node', 'n = {{ .x }}', { a: 'b' }, 'n = ({["a"]: "b"})'],
    [
      'node',
      'n = {{ .x }}',
      'process',
      'refused: is a text, and outside quotes only a number, true or false, or a list can stand',
    ],
    [
      'node',
      'n = /{{ .x }}/',
      'a',
      'refused: may only be a value that the definition itself lists, because it is in a regular expression',
    ],
    [
      'node',
      'n = String.raw`{{ .x }}`',
      'a',
      'refused: may only be a value that the definition itself lists, because a tag, a module or a directive reads that text',
    ],
    [
      'node',
      "import a from '{{ .x }}'",
      'fs',
      'refused: may only be a value that the definition itself lists, because a tag, a module or a directive reads that text',
    ],
    ['other', 'puts {{ .x }}', 5, 'puts 5'],
    [
      'other',
      'puts "{{ .x }}"',
      'a',
      'refused: has to be a whole number, because only scripts for bash, sh, Python and Node are read',
    ],
  ] as [ScriptLanguage, string, JsonValue, string][])('%s: %j with %j is %j', (language, script, x, expected) => {
    expect(filledText(script, { x }, language)).toBe(expected);
  });
});

test('every refusal names the line, the reason and a way out, and holds no value', () => {
  const secret = 'value-that-nobody-may-see $(id) -';
  for (const script of [
    '\n\nx=$(({{ .x }}))',
    '\n\n{{ .x }}',
    '\n\nsed "s/a/{{ .x }}/"',
    '\n\ncurl -o f {{ .x }}',
    '\n\n[[ {{ .x }} -gt 1 ]]',
  ]) {
    const filled = fill(script, { x: secret });
    const [fault] = 'faults' in filled ? filled.faults : [];
    expect(fault).toMatchObject({ argument: 'x', line: 3 });
    expect(fault?.wayOut).toMatch(/\w+ \w+/);
    expect(JSON.stringify(filled)).not.toContain('nobody');
  }
});

test('a value that no variable can carry is refused', () => {
  expect(filledText('echo "{{ .x }}"', { x: 'a'.repeat(140_000) })).toMatch(
    /^refused: is longer than a variable can be/,
  );
  expect(filledText('echo "{{ .x }}"', { x: 'a\0b' })).toBe('refused: holds a NUL character');
});

test('a script of more holes than can be read is refused, and so is what a range makes too long', () => {
  expect(filledText('echo "{{ .x }}"\n'.repeat(1_001), { x: 'a' })).toMatch(/more than 1000/);
  expect(filledText(`{{ range .x }}${'a'.repeat(100_000)}"{{ . }}"{{ end }}`, { x: Array(900).fill('a') })).toMatch(
    /4 MiB/,
  );
});

test('a hostile script costs no more than its length', () => {
  for (const piece of [
    '{{',
    '{',
    '{{ "',
    '{{ .x }}',
    "'{{ .x }}",
    '{{ if .x }}',
    '{{ if .x }}{{ else if .x }}',
    '{{ else }}',
    '{{ .x.y }}',
    '{{ range .x }}',
  ]) {
    const problems: Problem[] = [];
    expect(templateOf(piece.repeat(500_000 / piece.length), problems).raw).toBe(false);
  }
});

test('whatever a value is, the text that a shell parses is the same', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 20 }).filter((x) => !x.includes('\0')),
      (x) => {
        expect(filledText('a \'{{ .y }}\' "b{{ .x }}" c{{ .x }}', { x, y: 'y' })).toBe(
          'a \'\'"${INPUT_Y}"\'\' "b${INPUT_X}" c"${INPUT_X}"',
        );
      },
    ),
    { seed: Number(process.env.SEED ?? 1), numRuns: Number(process.env.RUNS ?? 300) },
  );
});

describe('a script of another language that hands texts to a shell, or evaluates them', () => {
  const RUNS: readonly (readonly [ScriptLanguage, string])[] = [
    ['python', `import os; os.system("echo '{{ .x }}'")`],
    ['python', 'import subprocess as s; c = f"echo {{ .x }}"; s.run(c, shell=True)'],
    ['python', 'client.exec_command("ls {{ .x }}")'],
    ['node', `require("child_process").execSync("echo '{{ .x }}'")`],
    ['node', 'const { exec } = require("node:child_process"); exec(`echo {{ .x }}`)'],
    ['node', 'spawn("echo {{ .x }}", { shell: true })'],
    ['bash', `python3 - <<'EOF'\nimport os\nos.system("echo '{{ .x }}'")\nEOF`],
  ];

  test.each(RUNS)('takes a plain word alone: %s %j', (language, script) => {
    for (const value of ['; touch M', "'; touch M; '", '$(touch M)', '-x', 'a b'])
      expect(filledText(script, { x: value }, language)).toMatch(/refused: may hold only letters, digits and/);
    for (const value of ['a-1.2', 'https://e.com/x', 7, -7])
      expect(filledText(script, { x: value }, language)).not.toContain('refused');
    const args = { x: { schema: { enum: ['a b'] } } };
    expect(filledText(script, { x: 'a b' }, language, args)).not.toContain('refused');
  });

  test.each([
    ['python', 'import os; os.system("{{ .x }} -a")'],
    ['python', 'import os; c = {{ .x | toJson }}; os.popen(c)'],
    ['python', "eval('{{ .x }}')"],
    ['node', 'eval(`{{ .x }}`)'],
    ['python', "e = '{{ .x }}'; print(eval(e))"],
    ['python', "e = '{{ .x }}'\nf = lambda: exec(e)"],
    ['node', 'const e = "{{ .x }}"; new Function(e)()'],
    ['python', 'list(map(eval, ["{{ .x }}"]))'],
    ['python', "import timeit\ntimeit.timeit('f({{ .x | toJson }})')"],
    ['python', 'import subprocess; subprocess.run(["{{ .x }}"])'],
    ['python', 'import subprocess; subprocess.run(["./{{ .x }}.sh", "a"])'],
    ['python', 'import subprocess\nc = ["{{ .x }}", "a"]\nsubprocess.run(c)'],
    ['python', 'import subprocess; subprocess.run(a, executable="{{ .x }}")'],
    ['python', 'import asyncio; asyncio.create_subprocess_exec("{{ .x }}")'],
    ['node', 'const { spawn } = require("child_process"); spawn("{{ .x }}", ["a"])'],
    ['node', 'const c = "{{ .x }}"; require("child_process").spawnSync(c)'],
    ['node', 'const { runInNewContext } = require("vm"); runInNewContext("{{ .x }}")'],
    ['node', 'eval?.("{{ .x }}")'],
    ['node', 'new Worker("{{ .x }}", { eval: true })'],
  ] as const)('takes a whole number where the value would choose what runs: %s %j', (language, script) => {
    expect(filledText(script, { x: 'reboot' }, language)).toContain('refused: has to be a whole number');
    expect(filledText(script, { x: 7 }, language)).not.toContain('refused');
  });

  test.each([
    ['python', 'import os; os.system("clear"); print("{{ .x }}")'],
    ['python', 'import re, subprocess; re.compile("a"); subprocess.run(["echo", "{{ .x }}"])'],
    ['python', 'import subprocess; subprocess.run(a, shell=False); print("{{ .x }}")'],
    ['node', 'const m = /a/.exec(s); console.log("{{ .x }}")'],
    ['node', 'const { execFile } = require("child_process"); execFile(p, ["{{ .x }}"])'],
    ['python', 'import subprocess; subprocess.run(["tool", "exec -it"]); print("a {{ .x }}")'],
    ['python', 'import subprocess\nn = "{{ .x }}"\nsubprocess.run(["git", "log", n])'],
    ['python', 'import subprocess\no = subprocess.check_output(["ls"]).decode("utf-8").split()\nprint("{{ .x }}")'],
    ['python', '# we eval nothing\nprint("{{ .x }}")'],
  ] as const)('and one that does not takes any text: %s %j', (language, script) => {
    expect(filledText(script, { x: '; touch M' }, language)).not.toContain('refused');
  });
});

describe('a script of Python or Node that runs programs by a name of its own', () => {
  test.each([
    ['node', 'const sh = require("child_process").execSync; sh("ls {{ .x }}")'],
    ['node', 'import { exec as run } from "node:child_process"; run("ls {{ .x }}")'],
    ['node', 'const shell = require("shelljs"); shell.exec("ls {{ .x }}")'],
    ['python', 'import os\nrun = os.system\nrun("ls {{ .x }}")'],
    ['python', 'import subprocess\nsh = subprocess.getoutput\nsh("ls {{ .x }}")'],
    [
      'python',
      'import subprocess\nfrom functools import partial\nr = partial(subprocess.run, shell=True)\nr("ls {{ .x }}")',
    ],
    ['python', 'import subprocess\nsubprocess.run(["sed", "-n", "s/root/{{ .x }}/p"])'],
    ['python', 'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "print(\\"{{ .x }}\\")"])'],
    ['python', 'import subprocess\nopen("run.sh", "w").write("ls {{ .x }}")\nsubprocess.run(["./run.sh"])'],
    ['python', 'import builtins\nbuiltins.eval("{{ .x }}")'],
    ['python', 'import os, subprocess\nsubprocess.run([os.environ["SHELL"], "-c", "echo {{ .x }}"])'],
    ['python', 'import subprocess\nsubprocess.run("curl {{ .x }}".split())'],
    ['python', 'import subprocess\nx = "{{ .x }}"\nsubprocess.run(["curl", *x.split()])'],
    ['python', 'import subprocess\nopen("job", "w").write("#!/bin/sh\\necho {{ .x }}")\nsubprocess.run(["./job"])'],
    ['python', 'import yaml\nyaml.load("a {{ .x }}", Loader=yaml.Loader)'],
    ['node', 'const o = {}; o.shell = true; require("child_process").spawnSync("echo {{ .x }}", o)'],
    ['node', 'require("child_process").spawnSync("echo {{ .x }}", { "shell": true })'],
    ['node', 'require("child_process").spawnSync(process.env.SHELL, ["-c", "echo {{ .x }}"])'],
    ['node', 'globalThis.eval("{{ .x }}")'],
  ] as const)('takes no free text: %s %j', (language, script) => {
    for (const x of ['$(touch M)', '; touch M', '");touch("M'])
      expect(filledText(script, { x }, language)).toContain('refused');
  });
});

test.each([
  ['python', 'import subprocess\nx = "{{ .x }}"\nsubprocess.run(["curl", x])'],
  ['node', 'const x = "{{ .x }}"; require("child_process").spawnSync("curl", [x])'],
] as const)('no value that begins a text is an option where programs are started: %s %j', (language, script) => {
  expect(filledText(script, { x: '-K/etc/passwd' }, language)).toContain('begins with "-"');
  expect(filledText(script, { x: 'a -K b' }, language)).not.toContain('refused');
});

describe('a script of Python or Node reads a value once more', () => {
  test.each([
    ['python', '"{{ .x }} {0}".format(1)', '{0.__class__}', 'may hold none of { } % $'],
    ['python', 'print("{{ .x }}" % vars())', '%(token)s', 'may hold none of { } % $'],
    ['python', 'string.Template("{{ .x }}").substitute(os.environ)', '$TOKEN', 'may hold none of { } % $'],
    ['python', 'item_{{ .x }} = 1', 7, 'would be part of a name'],
    ['python', 'os.{{ .x }}', 7, 'would be part of a name'],
    ['python', '{{ .x }}(1)', 7, 'would be part of a name'],
    ['python', '__import__("a{{ .x }}")', '../a', 'may hold only letters and digits'],
    ['python', 'import importlib; importlib.import_module("a{{ .x }}")', 'a.b', 'may hold only letters and digits'],
    ['node', 'require("./{{ .x }}")', '../a', 'may hold only letters and digits'],
    ['node', 'import(join(dir, "{{ .x }}"))', '../a', 'may hold only letters and digits'],
  ] as const)('%s %j with %j is refused', (language, script, x, fault) => {
    expect(filledText(script, { x }, language)).toContain(fault);
  });

  test.each([
    ['python', 'import subprocess\nsubprocess.run(["git", "ls-remote", "{{ .x }}"])', '--upload-pack=id'],
    ['node', 'require("child_process").execFileSync("git", ["ls-remote", `{{ .x }}`])', '--upload-pack=id'],
    ['bash', `python3 - <<'EOF'\nimport subprocess\nsubprocess.run(["git", "{{ .x }}"])\nEOF`, '--upload-pack=id'],
    ['python', 'import subprocess\ncmd = "{{ .x }}"\nsubprocess.run(cmd, shell=True)', './evil'],
  ] as const)('%s %j with %j chooses an option or a program, and is refused', (language, script, x) => {
    expect(filledText(script, { x }, language)).toContain('refused');
    expect(filledText(script, { x: 7 }, language)).not.toContain('refused');
  });

  test('the braces of a text with fields are characters of it', () => {
    const script = filledText('a = 1; print(f"{{ .x }} {a}")', { x: '{a}' }, 'python');
    expect(execFileSync('python3', ['-c', script], { encoding: 'utf8' })).toBe('{a} 1\n');
  });

  test('JSON in the double quotes of a shell stays one text', () => {
    const filled = filledText('python3 -c "x = {{ .x | toJson }}; print(x)"', { x: ['a b', '$(id)', '"; id'] });
    expect(execFileSync('bash', ['-c', filled], { encoding: 'utf8' })).toBe(`['a b', '$(id)', '"; id']\n`);
  });
});

describe('a value that gets to code by a roundabout way has a limit', () => {
  const ROADS: readonly (readonly [ScriptLanguage, string])[] = [
    ['bash', 'V="{{ .x }}"; echo $(( $(echo "$V" | cut -d. -f2) + 1 ))'],
    ['bash', 'echo $(( $(cut -d. -f2 <<< "{{ .x }}") + 1 ))'],
    ['bash', '[[ "{{ .x }}" =~ ^v(.*)$ ]]; echo $(( BASH_REMATCH[1] + 1 ))'],
    ['bash', 'run() { "$@"; }; run bash -c "echo {{ .x }}"'],
    ['bash', 'sq() { echo $(( $1 )); }; retry() { "$@"; }; retry sq "{{ .x }}"'],
    ['bash', 'try() { "${@}"; }; S=bash; try "$S" -c "echo {{ .x }}"'],
    ['bash', 'bash -euo pipefail <<EOF\necho {{ .x }}\nEOF'],
    ['bash', 'bash -es foo <<EOF\necho {{ .x }}\nEOF'],
    ['bash', "python3 -W ignore - <<'EOF'\nimport os; os.system('echo {{ .x }}')\nEOF"],
    ['bash', 'perl -I lib <<EOF\nprint "{{ .x }}"\nEOF'],
    ['bash', 'su root -lc "echo {{ .x }}"'],
    ['bash', 'su root -c bash <<EOF\necho {{ .x }}\nEOF'],
    ['bash', 'script -qec "echo {{ .x }}" /dev/null'],
    ['bash', 'vim -es f <<EOF\n%s/a/{{ .x }}/\nEOF'],
    ['bash', 't=$(mktemp); cat > "$t" <<EOF\necho {{ .x }}\nEOF\nchmod +x "$t"; "$t"'],
    ['python', 'import subprocess; subprocess.run(["bash", "-c", "echo {{ .x }}"])'],
    ['python', 'import subprocess; subprocess.run(["/bin/sh"], input="echo {{ .x }}")'],
    ['python', 'import subprocess; subprocess.run("echo {{ .x }}", **{"shell": True})'],
    ['python', 'from os import system as sh; sh("echo {{ .x }}")'],
    ['python', '__import__("os").system("echo {{ .x }}")'],
    ['python', 'import os; os.execvp("sh", ["sh", "-c", "echo {{ .x }}"])'],
    [
      'node',
      'const { promisify } = require("util"); const { exec } = require("child_process"); promisify(exec)(`echo {{ .x }}`)',
    ],
    ['node', 'const { exec: run } = require("child_process"); run(`echo {{ .x }}`)'],
    ['node', 'const cp = require("child_process"); cp["exec"](`echo {{ .x }}`)'],
    ['node', 'require("child_process").spawnSync("sh", ["-c", "echo {{ .x }}"])'],
    ['node', 'Function("return {{ .x }}")()'],
    ['node', '(0, eval)("{{ .x }}")'],
  ];

  test.each(ROADS)('%s %j', (language, script) => {
    for (const value of ['a[$(touch M)]', '$(touch M)', '1; touch M', "'; touch M; '"])
      expect(filledText(script, { x: value }, language)).toContain('refused');
  });

  test.each(['run() { "$@"; }; run kubectl get "{{ .x }}"', 'log() { echo "$@"; }; log "{{ .x }}"'])(
    'and %s has none',
    (script) => {
      expect(filledText(script, { x: 'Done! why?' }, 'bash')).not.toContain('refused');
    },
  );
});
