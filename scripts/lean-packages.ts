/**
 * Plugins of the bundle. They leave out what packages do at every start and Lockstep never needs. Those that replace a text
 * fail the build where a newer version of the package has another.
 */
import { type Plugin, RolldownMagicString } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { type ESTree, Visitor } from 'rolldown/utils';
import { withLateSchemas } from './late-schemas.ts';

/** What oclif loads to look for commands in folders, and to log; the bundle has a list of commands and a silent logger. */
const UNUSED = ['tinyglobby', 'minimatch', 'lilconfig', 'get-package-type', 'wsl-utils', 'debug'];

const withoutUnused: Plugin = {
  name: 'without-unused',
  // Only for oclif: others have a use for these packages.
  resolveId: (id, importer = '') =>
    UNUSED.includes(id) && importer.includes('/@oclif/core/') ? '\0unused' : undefined,
  load: (id) => (id === '\0unused' ? 'module.exports = {};' : undefined),
};

/** oclif asks the user database for the account's shell at every start. That throws where the account is not in it. */
const withoutShell = replacing('without-shell', /\/@oclif\/core\/lib\/util\/os\.js$/, [
  ['async function getShell() {', "async function getShell() { return 'unknown';"],
]);

/** Help, spinners and colours of oclif are loaded when they are used: each `x_1` stands for its `require`. */
const withLateRequires: Plugin = {
  name: 'with-late-requires',
  transform(code, id) {
    if (!id.includes('/@oclif/core/lib/')) return undefined;
    const requires = [...code.matchAll(/^const (\w+_\d+) = (?:require\(|__importDefault\(require\().*;\n/gm)];
    return requires.reduce((text, [statement, name = '']) => {
      const value = `(${statement.slice(statement.indexOf('= ') + 2, -2)})`;
      return text.replace(statement, '').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), () => value);
    }, code);
  },
};

/** zod compiles a parser for each schema of MCP at its first use, which costs more than a server of one client ever saves. */
const withoutCompiledSchemas = replacing('without-compiled-schemas', /\/zod\/v4\/core\/core\.js$/, [
  ['__zod_globalConfig = {}', '__zod_globalConfig = { jitless: true }'],
]);

/** The library of MCP publishes a validator for each type of the protocol, and keeps all their schemas for that. */
const withoutSpecTypes = replacing('without-spec-types', /\/@modelcontextprotocol\/server\/dist\/src-[^/]+\.mjs$/, [
  ['for (const key of SPEC_SCHEMA_KEYS) register(key, schemas_exports[key]);', ''],
  ['for (const [key, schema] of Object.entries(authSchemas)) register(key, schema);', ''],
]);

/** The library of MCP has an ajv of its own; what its servers validate with it is validated by ours (`mcp/session.ts`). */
const withoutSecondAjv: Plugin = {
  name: 'without-second-ajv',
  resolveId: (id) => (id === '@modelcontextprotocol/server/_shims' ? '\0mcp-shims' : undefined),
  load: (id) =>
    id === '\0mcp-shims'
      ? "export { default as process } from 'node:process';\nexport class DefaultJsonSchemaValidator {}\n"
      : undefined,
};

/**
 * A function in parentheses is compiled with its file, and its code is kept and read again at every start. Each module of
 * CommonJS stands in one, but most of them never run.
 */
const withLateModules: Plugin = {
  name: 'with-late-modules',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') chunk.code = withoutParentheses(chunk.code);
  },
};

function withoutParentheses(code: string): string {
  const text = new RolldownMagicString(code);
  const bare = ({ arguments: [argument] }: ESTree.CallExpression) => {
    if (argument?.type !== 'ParenthesizedExpression' || argument.expression.type !== 'ArrowFunctionExpression') return;
    text.remove(argument.start, argument.start + 1).remove(argument.end - 1, argument.end);
  };
  new Visitor({ CallExpression: bare }).visit(parseAst(code, { preserveParens: true }));
  return text.toString();
}

/** In the order in which they apply. */
export const leanPackages = [
  withoutUnused,
  withoutShell,
  withLateRequires,
  withoutCompiledSchemas,
  withoutSpecTypes,
  withoutSecondAjv,
  withLateSchemas,
  withLateModules,
];

function replacing(name: string, file: RegExp, changes: readonly (readonly [string, string])[]): Plugin {
  return {
    name,
    transform(code, id) {
      if (!file.test(id)) return undefined;
      return changes.reduce((text, [from, to]) => {
        if (!text.includes(from)) throw new Error(`${id} no longer has the text that ${name} changes: ${from}`);
        return text.replace(from, () => to);
      }, code);
    },
  };
}
