import { didYouMean } from '../../text/suggestion.ts';
import type { Operand, ValueType } from '../expressions/expression-survey.ts';
import type { ArgumentSchema, ForEach, Tool } from '../model/tool.ts';
import { TYPE_NAMES } from './argument-value.ts';

/** The parts of an operand's position on which its type depends. */
export interface TypePlace {
  readonly tool: Tool;
  /** The `forEach` of the step that holds the text. */
  readonly forEach?: ForEach | undefined;
}

/** The type that the declarations give a name, or why the name is wrong; neither where they do not decide. */
export interface Resolved {
  readonly type?: ValueType;
  readonly fault?: { readonly message: string; readonly hint: string };
}

export function typeOf({ type, reference }: Operand, place: TypePlace): ValueType | undefined {
  return type ?? (reference && resolve(reference.path, place).type);
}

export function resolve([context = '', ...path]: readonly string[], place: TypePlace): Resolved {
  const [name, ...rest] = path;
  switch (context) {
    case 'item':
      return inSchema(itemSchema(place), path, 'item');
    case 'index':
      return inSchema({ type: 'number' }, path, 'index');
    case 'args': {
      if (name === undefined) return { type: 'object' };
      const schema = place.tool.args.get(name)?.schema;
      return inSchema(schema && { type: 'string', ...schema }, rest, `args.${name}`);
    }
    case 'env':
      return name === undefined ? { type: 'object' } : inSchema({ type: 'string' }, rest, `env.${name}`);
    case 'steps':
      return name === undefined ? { type: 'object' } : inStep(name, rest);
    default:
      return {};
  }
}

function inStep(id: string, [member, output, ...below]: readonly string[]): Resolved {
  if (member === 'status')
    return inSchema({ type: 'string' }, output === undefined ? [] : [output], `steps.${id}.status`);
  if (member !== 'outputs') return member === undefined ? { type: 'object' } : {};
  if (output === undefined) return { type: 'object' };
  const name = `steps.${id}.outputs.${output}`;
  const [next] = below;
  if (next === undefined) return { type: 'string' };
  const further = /^\d+$/.test(next) ? `[${next}]` : `.${next}`;
  return {
    fault: {
      message: `\`${name}\` is text, and has no "${next}"`,
      hint: `write fromJSON(${name})${further} if it holds JSON`,
    },
  };
}

function itemSchema({ tool, forEach }: TypePlace): ArgumentSchema | undefined {
  const path = forEach?.list.result.reference?.path ?? [];
  return path.length === 2 && path[0] === 'args' ? tool.args.get(path[1] ?? '')?.schema.items : undefined;
}

function inSchema(schema: ArgumentSchema | undefined, path: readonly string[], name: string): Resolved {
  const [next, ...rest] = path;
  const type = schema?.type;
  if (next === undefined) return type === undefined ? {} : { type: type === 'integer' ? 'number' : type };
  if (type === undefined) return {};
  if (type === 'array')
    return /^\d+$/.test(next)
      ? inSchema(schema?.items, rest, `${name}[${next}]`)
      : typeFault(`\`${name}\` is a list, and has no "${next}"`, `write \`${name}[0]\` for the first item`);
  if (type !== 'object') {
    const declared = name.startsWith('args.') ? `, or declare it \`type: object\`` : '';
    return typeFault(`\`${name}\` is ${TYPE_NAMES[type]}, and has no "${next}"`, `write \`${name}\`${declared}`);
  }
  const properties = schema?.properties ?? {};
  if (Object.hasOwn(properties, next)) return inSchema(properties[next], rest, `${name}.${next}`);
  if (schema?.additionalProperties !== false) return {};
  const known = Object.keys(properties);
  return typeFault(
    `\`${name}\` has no "${next}"`,
    didYouMean(next, known) ?? (known.length > 0 ? `its properties are: ${known.join(', ')}` : 'it has no properties'),
  );
}

function typeFault(message: string, hint: string): Resolved {
  return { fault: { message, hint } };
}
