import { type Plugin, RolldownMagicString } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { type ESTree, Visitor } from 'rolldown/utils';

/**
 * Schemas of MCP are made at their first use: a server of one client needs few of the four hundred. Each constant becomes a
 * function that makes its schema once, and each property of a set of schemas becomes a getter.
 */
export const withLateSchemas: Plugin = {
  name: 'with-late-schemas',
  transform: (code, id) =>
    /\/@modelcontextprotocol\/(core|server)\/dist\//.test(id) ? lateProperties(lateConstants(code)) : undefined,
};

const SCHEMA_NAME = /^[A-Z]\w*Schema(\$\d+)?$/;
const MADE_OF_SCHEMAS = ['ROOT_KEYS', 'PROPERTY_KEYS_BY_TYPE', 'SUPPORTED_STRING_FORMATS'];
/** Functions, because they exist before the first line runs. */
const HELPERS = `
function late(make) { let made; return () => (made ??= make()); }
function own(object, name, value) { Object.defineProperty(object, name, { value, enumerable: true }); return value; }
`;

function lateConstants(code: string): string {
  const text = new RolldownMagicString(code);
  /** Names whose value is not read there. */
  const unread = new Set<ESTree.Node>();
  new Visitor({
    ImportSpecifier: ({ imported, local }) => void unread.add(imported).add(local),
    ExportSpecifier: ({ exported, local }) => void unread.add(exported).add(local),
    MemberExpression: ({ computed, property }) => void (computed || unread.add(property)),
    Property({ computed, shorthand, key, value }) {
      if (!computed) unread.add(key);
      if (!shorthand || value.type !== 'Identifier' || !isLate(value.name)) return;
      unread.add(value);
      text.appendLeft(value.end, `: ${value.name}()`);
    },
    VariableDeclarator: ({ id }) => void unread.add(id),
    'VariableDeclarator:exit'({ id, init }) {
      if (id.type !== 'Identifier' || !isLate(id.name) || init === null) return;
      text.prependRight(init.start, '/* @__PURE__ */ late(() => (').appendLeft(init.end, '))');
    },
    Identifier(one) {
      if (isLate(one.name) && !unread.has(one)) text.appendLeft(one.end, '()');
    },
  }).visit(parseAst(code));
  return text.toString() + HELPERS;
}

function isLate(name: string): boolean {
  return SCHEMA_NAME.test(name) || MADE_OF_SCHEMAS.includes(name);
}

function lateProperties(code: string): string {
  const text = new RolldownMagicString(code);
  const delay = (property: ESTree.ObjectPropertyKind) => {
    if (property.type !== 'Property' || property.computed || !holdsSchema(property)) return;
    const { key, value, start } = property;
    const name = code.slice(key.start, key.end);
    const quoted = name.startsWith('"') ? name : `"${name}"`;
    text.prependRight(start, 'get ').appendLeft(value.end, '); }');
    text.overwrite(key.end, value.start, `() { return own(this, ${quoted}, `);
  };
  new Visitor({ ObjectExpression: ({ properties }) => properties.forEach(delay) }).visit(parseAst(code));
  return text.toString();
}

/** `XSchema: z.union(...)` of a set, or `"method": set.XSchema` of a map of methods. */
function holdsSchema({ key, value }: ESTree.ObjectProperty): boolean {
  if (value.type === 'MemberExpression') return !value.computed && SCHEMA_NAME.test(value.property.name);
  return value.type === 'CallExpression' && key.type === 'Identifier' && SCHEMA_NAME.test(key.name);
}
