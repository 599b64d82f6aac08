import { inputVariable } from '../../names.ts';
import { literally } from '../../text/literally.ts';
import { type Problem, problem } from '../../text/problem.ts';
import { fixesHostWithDots, namesAnyHost } from '../destinations/fixed-host.ts';
import { secretsOf } from '../requests.ts';
import type { ShellWord } from '../shell-pipeline.ts';
import { isPosixShell, programOf } from '../shell-program.ts';
import { readShellScript } from '../shell-script.ts';
import { type Argument, isRun, networkOf, type RunStep, type SecretRequest, type Tool } from '../tool.ts';
import type { Rule } from './rule.ts';

/**
 * Who chooses the argument, which may be a model that read a stranger's text, chooses who gets the secret. Only an argument
 * that can name any host counts: not one with `enum`, `const`, or a `pattern` that fixes the host.
 *   shell    a word of a program that sends, a URL, or what an option such as --server says, where a variable that holds
 *            the argument is (part of) the host
 *   others   a script that sends and reads an argument which is a URI by its format, or a place by its name
 */
export const chosenDestinations: Rule = {
  name: 'chosen-destinations',
  check({ catalog }) {
    const tools = [...catalog.tools.values()].filter((tool) => !catalog.misshapen.has(tool));
    const agents = [...catalog.agents.values()];
    return tools.flatMap((tool) => {
      const free = [...tool.args.values()].filter(({ schema }) => namesAnyHost(schema));
      if (free.length === 0) return [];
      return tool.steps
        .filter(isRun)
        .filter((step) => networkOf(tool, step) === 'open')
        .flatMap((step) => faults(tool, step, free, secretsOf(tool, step, agents)));
    });
  },
};

function faults(tool: Tool, step: RunStep, free: readonly Argument[], secrets: readonly SecretRequest[]): Problem[] {
  if (secrets.length === 0) return [];
  const names = [...new Set(secrets.map(({ name }) => name))];
  return free
    .filter((argument) => {
      const held = holders(argument, step);
      return isPosixShell(step.shell)
        ? sendsThere(argument, step.script, held)
        : mentionsPlace(argument, step.script, held);
    })
    .map(({ name, place, schema }) =>
      problem('style/chosen-destination', `${tool.name} sends ${names.join(', ')} to where the argument ${name} says`, {
        at: place(['pattern']),
        severity: 'warning',
        hint: hintFor(schema),
      }),
    );
}

function hintFor({ pattern = '' }: Argument['schema']): string {
  if (fixesHostWithDots(pattern)) return 'write `\\.` for each dot of the host: a plain dot matches any character';
  return 'write the host into the script, or list the allowed ones: `enum:`, or a `pattern:` such as ^https://api\\.example\\.com/';
}

/** The names under which the script gets the argument. */
function holders({ name }: Argument, { env }: RunStep): Set<string> {
  const reads = new RegExp(`\\bargs\\.${literally(name)}\\b`);
  const set = [...env].filter(([, template]) => reads.test(JSON.stringify(template)));
  return new Set([inputVariable(name), name, ...set.map(([variable]) => variable)]);
}

const SENDERS =
  /^(?:curl|wget|https?|xh|aria2c|httpie|websocat|nc|ncat|netcat|socat|telnet|ssh|scp|sftp|rsync|git|ftp|openssl)$/;
/** Clients of which a word alone is no host. */
const CLIENTS = /^(?:psql|pg_dump|mysql|mariadb|redis-cli|mongosh?|ldapsearch)$/;
const INTERPRETERS = /^(?:python[\d.]*|node|deno|bun|ruby|perl|php)$/;
const PLACE_OPTION = /^--(?:url|proxy|remote|endpoint-url|endpoint|server|host|registry)$/;
const CONNECTION = /\/dev\/(?:tcp|udp)\/(\S+)/g;
/** How a variable gets a value: NAME=VALUE, `for NAME in WORDS`, `read NAME <<< WORD`. */
const CARRIERS = [
  /(?:^|[\s;])(?:export\s+|local\s+)?([A-Za-z_]\w*)=("[^"]*"|[^\s;]+)/g,
  /\bfor\s+([A-Za-z_]\w*)\s+in\s+([^;\n]+)/g,
  /\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)\s*<<<\s*("[^"]*"|\S+)/g,
];

function sendsThere(argument: Argument, script: string, held: Set<string>): boolean {
  for (let size = 0; size !== held.size; ) {
    size = held.size;
    for (const [, name = '', value = ''] of CARRIERS.flatMap((carrier) => [...script.matchAll(carrier)]))
      if (value.split(/\s+/).some((word) => isHostFrom(word.replaceAll('"', ''), held))) held.add(name);
  }
  if ([...script.matchAll(CONNECTION)].some(([, place = '']) => isHostFrom(place.replaceAll('"', ''), held)))
    return true;
  return readShellScript(script)
    .flat()
    .some((command) => {
      const program = programOf(command);
      if (program === undefined) return false;
      if (INTERPRETERS.test(program.name)) return program.args.some(({ text }) => mentionsPlace(argument, text, held));
      return program.args.some((word, at) => isDestination(word, program.args[at - 1]?.text ?? '', program.name, held));
    });
}

/** A word of a program that sends, and of any other a URL or what an option says. */
function isDestination({ text }: ShellWord, before: string, program: string, held: ReadonlySet<string>): boolean {
  const [, option = before, value = text] = /^(--[\w-]+|-x)=(.*)$/s.exec(text) ?? [];
  const isNamed =
    SENDERS.test(program) ||
    /^[a-z+]+:\/\//.test(value) ||
    PLACE_OPTION.test(option) ||
    (option === '-h' && CLIENTS.test(program));
  const isSaid = option === before || PLACE_OPTION.test(option) || option === '-x';
  return isNamed && isSaid && !value.startsWith('-') && !/^[\w-]+:\s/.test(value) && isHostFrom(value, held);
}

/** Whether the host of a place (`https://user@HOST:1/path`, `HOST:path`, `HOST`) comes out of one of the variables. */
function isHostFrom(place: string, held: ReadonlySet<string>): boolean {
  const [host = ''] = place.replace(/^[a-z+]+:\/\//, '').split(/[/?#]/);
  const parts = [...host.matchAll(/\$\{?([A-Za-z_]\w*)|\{\{-?\s*\.(\w+)|\$\(jq [^)]*?\.(\w+)[^)]*LOCKSTEP_INPUT/g)];
  return parts.some(([, variable, field, read]) => held.has(variable ?? field ?? read ?? ''));
}

const SENDING =
  /\b(?:curl|wget|fetch|axios|got|urlopen|urllib|requests\.\w+|httpx|http\.client|node:https?|https?\.(?:request|get)|aiohttp|Net::HTTP|LWP|Invoke-(?:WebRequest|RestMethod)|smtplib|socket)\b/;
const PLACE =
  /(?:^|_)(?:ur[il]|endpoint|host|hostname|server|domain|address|base|webhook|remote|registry|site|target)(?:_|s?$)/i;

function mentionsPlace({ name, schema: { format } }: Argument, script: string, held: ReadonlySet<string>): boolean {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  const isPlace = /^(?:uri|uri-reference|url|hostname|ipv4|ipv6)$/.test(format ?? '') || PLACE.test(words);
  const isRead = [...held].some((one) => {
    const before = one === name ? '\\{\\{-?\\s*\\.' : '\\b';
    return new RegExp(`${before}${literally(one)}\\b`).test(script);
  });
  const isReadFromFile = script.includes('LOCKSTEP_INPUT') && new RegExp(`["'.]${literally(name)}\\b`).test(script);
  return isPlace && SENDING.test(script) && (isRead || isReadFromFile);
}
