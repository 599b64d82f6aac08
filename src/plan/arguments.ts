import type { Argument, Tool } from '../definition/model/tool.ts';
import { readArgumentText, valueFaults } from '../definition/values/argument-value.ts';
import type { ExactReading } from '../text/exact-json.ts';
import type { JsonValue } from '../text/node.ts';
import { type Problem, problem } from '../text/problem.ts';
import { didYouMean } from '../text/suggestion.ts';

/**
 * The caller's arguments: texts (from `--arg`) are read by the declared type, values (from JSON) are used unchanged.
 */
export interface GivenArguments {
  readonly texts?: ReadonlyMap<string, string>;
  readonly values?: Readonly<Record<string, JsonValue>>;
}

export function givenNames({ texts, values = {} }: GivenArguments): ReadonlySet<string> {
  return new Set([...(texts?.keys() ?? []), ...Object.keys(values)]);
}

export interface ResolvedArguments {
  /** Given or default values; an optional argument without a value is absent. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Required arguments that were not given. */
  readonly missing: readonly string[];
  /** Arguments whose values do not match their declaration. */
  readonly refused: readonly string[];
  readonly problems: readonly Problem[];
}

export function resolveArguments(tool: Tool, given: GivenArguments): ResolvedArguments {
  const values: Record<string, JsonValue> = Object.create(null);
  const missing: string[] = [];
  const refused: string[] = [];
  const problems: Problem[] = unknownArguments(tool, given);
  for (const argument of tool.args.values()) {
    const read = givenValue(argument, given);
    if (read === undefined) {
      if (argument.required) missing.push(argument.name);
      continue;
    }
    const faults = 'fault' in read ? [read.fault] : valueFaults(read.value, argument.schema);
    if ('value' in read && faults.length === 0) values[argument.name] = read.value;
    else refused.push(argument.name);
    for (const fault of faults)
      problems.push(
        problem('args/invalid', `the argument "${argument.name}" ${fault}`, {
          argument: argument.name,
          related: [declaration(argument)],
        }),
      );
  }
  return { values, missing, refused, problems };
}

export function missingArgument(tool: Tool, name: string): Problem {
  const argument = tool.args.get(name);
  return problem('args/missing', `${tool.name} needs the argument "${name}"`, {
    argument: name,
    hint: `--arg ${name}=...${argument?.description === undefined ? '' : ` (${argument.description})`}`,
    ...(argument && { related: [declaration(argument)] }),
  });
}

/** The given value or the default; undefined without either. */
function givenValue(argument: Argument, { texts, values = {} }: GivenArguments): ExactReading | undefined {
  const text = texts?.get(argument.name);
  if (text !== undefined) return readArgumentText(text, argument);
  const value = Object.hasOwn(values, argument.name) ? values[argument.name] : argument.default;
  return value === undefined ? undefined : { value };
}

function unknownArguments(tool: Tool, { texts, values }: GivenArguments): Problem[] {
  const known = [...tool.args.keys()];
  const given = new Set([...(texts?.keys() ?? []), ...Object.keys(values ?? {})]);
  return [...given]
    .filter((name) => !tool.args.has(name))
    .map((name) =>
      problem('args/unknown', `${tool.name} has no argument "${name}"`, {
        hint:
          didYouMean(name, known) ??
          (known.length > 0 ? `its arguments are: ${known.join(', ')}` : 'leave it out: it takes no arguments'),
      }),
    );
}

function declaration(argument: Argument) {
  return { message: `"${argument.name}" is declared here`, at: argument.at };
}
