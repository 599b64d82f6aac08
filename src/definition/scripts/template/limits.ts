/** What a value has to be where a reference alone is not enough. */
export type Limit =
  | 'never'
  | 'integer'
  | 'plain'
  | 'shell-word'
  | 'run-text'
  | 'json-value'
  | 'json-safe'
  | 'no-format'
  | 'no-fields'
  | 'one-word'
  | 'no-pattern'
  | 'no-list'
  | 'no-device'
  | 'one-line'
  | 'no-made-option'
  | 'no-inner-option'
  | 'no-option';

export interface Limited {
  readonly limit: Limit;
  /** Completes "because ...". */
  readonly because: string;
}

interface Rule {
  /** @param isNumber the argument is declared a number, and its value is one */
  readonly allows: (value: string, isNumber: boolean) => boolean;
  /** Completes "the argument "x" ...". */
  readonly fault: string;
  readonly wayOut: string;
}

const LIST = 'list the values that it may have under `enum:` of the argument';

/** Strictest first: of several limits that a value breaks, the first is reported. */
const RULES: Readonly<Record<Limit, Rule>> = {
  never: { allows: () => false, fault: 'may only be a value that the definition itself lists', wayOut: LIST },
  integer: {
    allows: isInteger,
    fault: 'has to be a whole number',
    wayOut: 'declare it `type: integer`, or list its values under `enum:`',
  },
  plain: {
    allows: (value) => isDecimal(value) || /^[A-Za-z0-9]{1,200}$/.test(value),
    fault: 'may hold only letters and digits',
    wayOut: `hand it over as an argument of that program (awk -v, jq --arg, python -c ... "$1"), or ${LIST}`,
  },
  'shell-word': {
    allows: (value) => /^[A-Za-z0-9_@%+:,./][A-Za-z0-9_@%+:,./-]*$/.test(value),
    fault: 'may hold only letters, digits and _ @ % + : , . / -',
    wayOut: `hand it over as an argument (sh -c '... "$1"' _ {{ }}), or ${LIST}`,
  },
  'run-text': {
    allows: (value) => isDecimal(value) || /^[A-Za-z0-9_@%+:,./][A-Za-z0-9_@%+:,./-]*$/.test(value),
    fault: 'may hold only letters, digits and _ @ % + : , . / -',
    wayOut: `read its variable INPUT_NAME in the script, and run programs without a shell, by a list of arguments; or ${LIST}`,
  },
  'json-value': {
    allows: isJson,
    fault: 'has to be JSON',
    wayOut: 'put quotes around the {{ }}, or write {{ .name | toJson }}',
  },
  'json-safe': {
    allows: (value) => !hasAny(value, '"\\') && !hasControl(value),
    fault: 'may hold no `"`, no `\\` and no line break',
    wayOut: 'make the text around it valid JSON; then any value can be filled in',
  },
  'no-format': {
    allows: (value) => !hasAny(value, '%\\'),
    fault: 'may hold no "%" and no "\\"',
    wayOut: 'write printf \'%s\' "{{ }}"',
  },
  'no-fields': {
    allows: (value) => !hasAny(value, '{}%$'),
    fault: 'may hold none of { } % $',
    wayOut: 'read its variable INPUT_NAME in the script',
  },
  'one-word': {
    allows: (value) => /^[^\s*?()[\]\\"'`]*$/.test(value) && !value.startsWith('-'),
    fault: 'has to be one word, without * ? [ ( and quotes, and without "-" in front',
    wayOut: 'put the variable between double quotes',
  },
  'no-pattern': {
    allows: (value) => !hasAny(value, '*?[('),
    fault: 'may hold none of * ? [ (',
    wayOut: 'put the variable between double quotes, or read words with `read -ra`',
  },
  'no-list': {
    allows: (value) => !hasAny(value, '()`$<>[]*?&;|\\"\''),
    fault: 'may hold no sign of a shell',
    wayOut: 'assign it without `declare`: name="$value"',
  },
  'no-device': {
    allows: (value) => !/(?:^|\/)dev\/(?:tcp|udp|fd)\b|^&/.test(value),
    fault: 'may not name a connection',
    wayOut: 'put a folder before the {{ }}',
  },
  'one-line': {
    allows: (value) => !/[\n\r]/.test(value),
    fault: 'has to be one line',
    wayOut: 'use a value of one line',
  },
  'no-made-option': {
    allows: (value, isNumber) => isNumber || (/^[A-Za-z0-9]/.test(value) && holdsNoOption(value)),
    fault: 'has to begin with a letter or a digit, and may hold "-" only behind one',
    wayOut: 'write `--option="$part"`, or `--` before it, so that no part is taken for an option',
  },
  'no-inner-option': {
    allows: (value, isNumber) => isNumber || (/^[A-Za-z0-9/.]/.test(value) && holdsNoOption(value)),
    fault: 'may hold "-" only behind a letter or a digit',
    wayOut: 'write `--option="$part"`, or `--` before it, so that no part is taken for an option',
  },
  'no-option': {
    allows: (value, isNumber) => !value.startsWith('-') || value === '-' || isNumber,
    fault: 'begins with "-"',
    wayOut:
      'write `--option={{ }}`, or allow options: `words: options` of the argument, `templateWords:` of lockstep.yaml',
  },
};

/** @returns the strictest of the limits that the value breaks, or undefined */
export function brokenLimit(limits: readonly Limited[], value: string, type: string | undefined): Limited | undefined {
  const isNumber = (type === 'integer' || type === 'number') && isDecimal(value);
  return strictestFirst(limits).find(({ limit }) => !RULES[limit].allows(value, isNumber));
}

export function strictestFirst(limits: readonly Limited[]): Limited[] {
  const order = Object.keys(RULES);
  return [...limits].sort((a, b) => order.indexOf(a.limit) - order.indexOf(b.limit));
}

/** Completes "the argument "x" ...". */
export function limitFault({ limit, because }: Limited): string {
  return limit === 'no-option' ? `${RULES[limit].fault}, and ${because}` : `${RULES[limit].fault}, because ${because}`;
}

export function wayOutOf({ limit }: Limited): string {
  return RULES[limit].wayOut;
}

/** Up to 18 digits: shells compute with 64 bits. */
export function isInteger(value: string): boolean {
  return /^-?(?:0|[1-9]\d{0,17})$/.test(value);
}

export function isDecimal(value: string): boolean {
  return /^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?$/.test(value);
}

/** The value between quotes of JSON. */
export function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

export function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Also where escapes such as those of JSON are decoded. */
function holdsNoOption(value: string): boolean {
  return !/(?:^|[^A-Za-z0-9])-|\\(?:[A-Za-z0-9]-|[0-7xu])/.test(value);
}

function hasAny(value: string, characters: string): boolean {
  return [...characters].some((one) => value.includes(one));
}

function hasControl(value: string): boolean {
  return [...value].some((one) => one < ' ');
}
