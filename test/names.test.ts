import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  inputVariable,
  isDangerousVariable,
  isName,
  isTrustedVariable,
  NAME_FORMS,
  NAME_PATTERNS,
} from '../src/names.ts';

interface Definition {
  readonly pattern: string;
  readonly description: string;
}

function definitionsOf(schema: string): Record<string, Definition> {
  const text = readFileSync(join(import.meta.dirname, `../schemas/${schema}.schema.json`), 'utf8');
  return JSON.parse(text).$defs;
}

describe('names', () => {
  test('have the same patterns and words in the schemas and here', () => {
    const { slug, word, secretName, variable } = definitionsOf('tool');
    const written = { definition: slug, word, secret: secretName, variable };
    for (const kind of ['definition', 'word', 'secret', 'variable'] as const) {
      expect(written[kind]?.pattern, kind).toBe(NAME_PATTERNS[kind].source);
      expect(written[kind]?.description, kind).toBe(NAME_FORMS[kind]);
    }
    expect(definitionsOf('agent').slug?.pattern).toBe(NAME_PATTERNS.definition.source);
  });

  test('a pattern of a schema is one of these, or one of sizes, durations, globs, hosts, images, volumes, places and variables of ours', () => {
    const others = new Set<string>();
    for (const schema of ['tool', 'agent', 'lockstep']) {
      const text = readFileSync(join(import.meta.dirname, `../schemas/${schema}.schema.json`), 'utf8');
      for (const [, pattern = ''] of text.matchAll(/"pattern": ("(?:[^"\\]|\\.)*")/g)) others.add(JSON.parse(pattern));
    }
    for (const { source } of Object.values(NAME_PATTERNS)) others.delete(source);
    expect([...others].sort()).toEqual([
      '^(/|~/)[^\\u0000-\\u001f]*$',
      '^(?=.*[1-9])([0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h)){1,4}$',
      '^([0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h)){1,4}$',
      '^LOCKSTEP_[A-Z0-9_]{1,100}$',
      '^[0-9]{1,12}[bkmg]?$',
      '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
      '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
      '^[A-Za-z0-9][A-Za-z0-9_./:@-]{0,1023}$',
      '^[a-z*?][a-z0-9_*?-]{0,63}$',
      '^~?/+[^,:/][^,:]*$',
    ]);
  });

  test.each([
    [
      'slug',
      ['a', 'release-notes', `a${'b'.repeat(63)}`],
      ['', 'A', '1a', '-a', 'a_b', 'a b', 'a\n', 'é', `a${'b'.repeat(64)}`],
    ],
    ['definition', ['a', 'release-notes', 'a_b'], ['', 'A', '_a', '1a', 'a b', 'a.b', `a${'b'.repeat(64)}`]],
    ['word', ['a', 'dryRun', 'A_b-9'], ['', '_a', '9a', 'a.b', 'a\n', '__proto__']],
    ['secret', ['A', 'GITHUB_PAT', 'x9', `a${'b'.repeat(127)}`], ['', '_A', 'A-B', 'A\n', `a${'b'.repeat(128)}`]],
    ['variable', ['_', 'PATH', '__proto__'], ['', '9', 'A-B', 'A=B', 'A\n', 'A\0']],
  ] as const)('a %s', (kind, good, bad) => {
    for (const name of good) expect(isName(kind, name), name).toBe(true);
    for (const name of bad) expect(isName(kind, name), JSON.stringify(name)).toBe(false);
  });
});

test('an argument reaches a script under its name in upper case', () => {
  expect(inputVariable('dry-run')).toBe('INPUT_DRY_RUN');
  expect(inputVariable('dryRun')).toBe('INPUT_DRYRUN');
});

describe('variables that run or redirect code', () => {
  /** The measured list of SECURITY section 3, one of each prefix. */
  const measured = `NODE_OPTIONS BASH_ENV ENV SHELLOPTS PS4 IFS PATH HOME BASH_FUNC_x LD_PRELOAD LD_LIBRARY_PATH
    DYLD_INSERT_LIBRARIES PYTHONPATH PYTHONHOME PYTHONSTARTUP PERL5LIB PERL5OPT PERL5DB RUBYLIB RUBYOPT JAVA_TOOL_OPTIONS
    GIT_SSH GIT_SSH_COMMAND GIT_CONFIG GIT_CONFIG_COUNT GIT_EXEC_PATH GIT_ASKPASS SSH_ASKPASS HTTP_PROXY HTTPS_PROXY
    ALL_PROXY LOCKSTEP_OUTPUT INPUT_X`.split(/\s+/);

  test.each(measured)('%s, in any case', (name) => {
    expect(isDangerousVariable(name)).toBe(true);
    expect(isDangerousVariable(name.toLowerCase())).toBe(true);
  });

  test.each(['GIT_TOKEN', 'SSH_PRIVATE_KEY', 'GITHUB_PAT', 'ENVIRONMENT', 'MY_PATH', 'NO_PROXY', 'OLD_LD', 'HOMEPAGE'])(
    '%s is not a valid name',
    (name) => {
      expect(isDangerousVariable(name)).toBe(false);
    },
  );

  test.each(
    `TAR_OPTIONS MAKEFLAGS GIT_EXTERNAL_DIFF GIT_EDITOR JDK_JAVA_OPTIONS _JAVA_OPTIONS DOTNET_STARTUP_HOOKS RSYNC_RSH PERL5SHELL
     PAGER EDITOR LESS CDPATH PS1 GZIP OPENSSL_CONF`.split(/\s+/),
  )('%s runs its value as code', (name) => {
    expect(isDangerousVariable(name)).toBe(true);
  });

  test.each([
    'KUBECONFIG',
    'DOCKER_HOST',
    'GIT_WORK_TREE',
    'NPM_CONFIG_SCRIPT_SHELL',
    'PIP_INDEX_URL',
    'GOOGLE_APPLICATION_CREDENTIALS',
  ])('%s may be a secret, and not an argument: it names what a program trusts', (name) => {
    expect([isDangerousVariable(name), isTrustedVariable(name)]).toEqual([false, true]);
  });
});
