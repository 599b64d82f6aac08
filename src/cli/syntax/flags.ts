import { option as choiceArg, string as stringArg } from '@oclif/core/args';
import { boolean, custom, option, string } from '@oclif/core/flags';

/*
 * The building blocks of flags and arguments. The word that help shows for a value also decides its completion: for
 * TOOL, the shell offers the names of tools (completion/names.ts).
 */

/** A flag without a value. */
export const toggle = (description: string) => boolean({ description, default: false });

/** A flag of every command. */
export const directoryFlag = string({ char: 'C', helpValue: 'DIR', description: 'work in the repository at DIR' });

/** A flag with one value. */
export const text = (helpValue: string, description: string) => string({ helpValue, description });

/** Without `multipleNonGreedy`, a flag would take the arguments that follow it. */
const LIST = { multiple: true, multipleNonGreedy: true, noCacheDefault: true } as const;

/** A flag that can be given several times. */
export const texts = (helpValue: string, description: string) =>
  string({ ...LIST, helpValue, description, default: [] });

/** A flag that has to be given, and can be given several times. */
export const requiredTexts = (helpValue: string, description: string) =>
  string({ ...LIST, helpValue, description, required: true });

/** A flag with one of these values. */
export const choice = <const T extends readonly string[]>(options: T, description: string) =>
  option({ options })({ description, helpValue: options.join('|') });

/** A flag with one of these values, which has to be given. */
export const requiredChoice = <const T extends readonly string[]>(options: T, description: string) =>
  option({ options, required: true })({ description, helpValue: options.join('|') });

/** A flag with one of these values, which can be given several times. */
export const choices = <const T extends readonly string[]>(options: T, description: string) => {
  const list = option({ options, multiple: true, multipleNonGreedy: true, default: [] });
  return list({ description, helpValue: options.join('|'), noCacheDefault: true });
};

/** Thrown by our own parsers of values. The message never contains the value. */
export class UnfitValue extends Error {
  readonly flag: string;
  readonly takes: string;

  constructor(flag: string, takes: string) {
    super('a value does not fit its flag');
    this.flag = flag;
    this.takes = takes;
  }
}

/** Refuses `--json=no`, which oclif would read as `--json` and an argument `no`. @throws UnfitValue */
export function refuseValuesOfToggles(
  flags: Readonly<Record<string, { readonly type: string }>>,
  argv: readonly string[],
): void {
  for (const word of argv) {
    if (word === '--') return;
    const [, name = ''] = /^--([^=]+)=/.exec(word) ?? [];
    if (Object.hasOwn(flags, name) && flags[name]?.type === 'boolean') throw new UnfitValue(name, 'no value');
  }
}

/** A flag with a whole number, 0 or more. */
export const wholeNumber = custom<number>({
  async parse(input, _, { name }) {
    if (/^\d{1,15}$/.test(input)) return Number(input);
    throw new UnfitValue(name, 'a whole number');
  },
});

/** An argument. Without `ignoreStdin`, oclif would read a missing one from standard input. */
export const argument = (description: string) => stringArg({ description, required: true, ignoreStdin: true });
export const optionalArgument = (description: string) => stringArg({ description, ignoreStdin: true });

/** All remaining arguments. */
export const remainingArguments = (description: string) =>
  stringArg({ description, multiple: true, default: [], noCacheDefault: true, ignoreStdin: true });
export const requiredArguments = (description: string) =>
  stringArg({ description, multiple: true, required: true, ignoreStdin: true });

/** An optional argument that is one of these words. */
export const choiceArgument = <const T extends readonly string[]>(options: T, description: string) =>
  choiceArg({ options })({ description, ignoreStdin: true });
