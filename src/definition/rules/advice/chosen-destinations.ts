import { inputVariable } from '../../../names.ts';
import { literally } from '../../../text/literally.ts';
import { type Problem, problem } from '../../../text/problem.ts';
import { fixesHostWithDots, namesAnyHost } from '../../destinations/fixed-host.ts';
import type { Expression } from '../../expressions/expression.ts';
import { secretsOf } from '../../model/requests.ts';
import { type Argument, networkOf, type RunStep, type SecretRequest, type Tool } from '../../model/tool.ts';
import type { Pipeline, ShellWord } from '../../scripts/shell/shell-pipeline.ts';
import { declaredFunctions, isPosixShell, programOf } from '../../scripts/shell/shell-program.ts';
import { readShellScript } from '../../scripts/shell/shell-script.ts';
import type { Rule } from '../rule.ts';

/**
 * The caller, who may be a model that read a stranger's text, chooses the argument and so who gets the secret. Only an
 * argument that can name any host counts: not one with `enum`, `const`, or a `pattern` that fixes the host.
 *   shell    a word of a program that sends, a URL, or the value of an option such as --server, where a variable that
 *            holds the argument is (part of) the host
 *   others   a script that sends and reads an argument which is a URI by its format, or a place by its name
 */
export const chosenDestinations: Rule = {
  name: 'chosen-destinations',
  skipsMisshapen: true,
  visitor({ catalog }) {
    const agents = [...catalog.agents.values()];
    return {
      run: (step, tool) =>
        networkOf(tool, step) === 'open' ? destinationProblems(tool, step, secretsOf(tool, step, agents)) : [],
    };
  },
};

function destinationProblems(tool: Tool, step: RunStep, secrets: readonly SecretRequest[]): Problem[] {
  if (secrets.length === 0) return [];
  const names = [...new Set(secrets.map(({ name }) => name))];
  return [...tool.args.values()]
    .filter(({ schema }) => namesAnyHost(schema))
    .filter((argument) => {
      const held = holders(argument, tool, step);
      return isPosixShell(step.shell)
        ? sendsThere(argument, step.script, held)
        : mentionsPlace(argument, step.script, held) || readsFirst(step.script, held);
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
function holders({ name }: Argument, tool: Tool, { env, forEach }: RunStep): Set<string> {
  const isRead = ({ references }: Expression) =>
    references.some(({ path: [context, argument] }) => context?.toLowerCase() === 'args' && argument === name);
  const set = [...tool.env, ...env].filter(([, { parts }]) =>
    parts.some((one) => typeof one !== 'string' && isRead(one)),
  );
  const item = forEach !== undefined && isRead(forEach.list) ? ['ITEM'] : [];
  return new Set([inputVariable(name), name, ...item, ...set.map(([variable]) => variable)]);
}

const SENDERS =
  /^(?:curl|wget|https?|xh|aria2c|httpie|websocat|nc|ncat|netcat|socat|telnet|ssh|scp|sftp|rsync|git|ftp|openssl)$/;
/** Clients for which a single word is not a host. */
const CLIENTS = /^(?:psql|pg_dump|mysql|mariadb|mysqldump|redis-cli|mongosh?|ldapsearch|mosquitto_(?:pub|sub))$/;
const PLACE_OPTION =
  /^--?(?:url|proxy|preproxy|remote|endpoint-url|endpoint|server|host|hostname|registry|address|http-addr|index-url|repository-url|base-url|bootstrap-servers?|brokers?)$/;
/** Options whose value is not a destination. */
const DATA_OPTION: Readonly<Record<string, RegExp>> = {
  curl: /^(?:-[A-Za-z]*[AbcdDEFHmoPTuUwX]|--(?:data(?:-\w+)*|json|form(?:-string)?|header|output|user|user-agent|request|max-time|cookie|cert|key|upload-file))$/,
  wget: /^(?:-[a-zA-Z]*[OoPU]|--(?:header|output-document|user|password|post-data|body-data|method))$/,
};
/** Options of curl whose value names hosts between ports. */
const ROUTE_OPTION = /^--(?:connect-to|resolve)$/;
/** Variables that programs take a host from. */
const PLACE_VARIABLE =
  /_proxy$|^(?:PGHOST|PGHOSTADDR|MYSQL_HOST|VAULT_ADDR|CONSUL_HTTP_ADDR|NOMAD_ADDR|GH_HOST|AWS_ENDPOINT_URL\w*)$/i;
/** Programs whose `login` gives the secret to the host on its command line. */
const LOGS_IN = /^(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|oc|argocd)$/;
const CONNECTION = /\/dev\/(?:tcp|udp)\/(\S+)/g;
/** How a variable gets a value: NAME=VALUE, `for NAME in WORDS`, `read NAME <<< WORD`. */
const CARRIERS = [
  /(?:^|[\s;])(?:export\s+|local\s+)?([A-Za-z_]\w*)=("[^"]*"|[^\s;]+)/g,
  /\bfor\s+([A-Za-z_]\w*)\s+in\s+([^;\n]+)/g,
  /\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)\s*<<<\s*("[^"]*"|\S+)/g,
];

function sendsThere(argument: Argument, script: string, held: Set<string>): boolean {
  const pipelines = readShellScript(script);
  for (let size = 0; size !== held.size; ) {
    size = held.size;
    for (const [, name = '', value = ''] of CARRIERS.flatMap((carrier) => [...script.matchAll(carrier)]))
      if (value.split(/\s+/).some((word) => isHostFrom(word.replaceAll('"', ''), held))) held.add(name);
    for (const parameter of parametersFrom(pipelines, declaredFunctions(script), held)) held.add(parameter);
  }
  if ([...held].some((name) => PLACE_VARIABLE.test(name))) return true;
  if ([...script.matchAll(CONNECTION)].some(([, place = '']) => isHostFrom(place.replaceAll('"', ''), held)))
    return true;
  if (OTHER_LANGUAGE.test(script) && mentionsPlace(argument, script, held)) return true;
  if (readsFirst(script, held)) return true;
  return pipelines.flat().some((command) => {
    const program = programOf(command);
    if (program === undefined) return false;
    return program.args.some((word, at) => isDestination(word, program.args[at - 1]?.text ?? '', program.name, held));
  });
}

/** `$1` of a function that is called with the argument, or `$1` of the script after `set -- "$INPUT_URL"`. */
function parametersFrom(
  pipelines: readonly Pipeline[],
  functions: ReadonlySet<string>,
  held: ReadonlySet<string>,
): string[] {
  return pipelines.flat().flatMap((command) => {
    const program = programOf(command);
    if (program === undefined || !(program.name === 'set' || functions.has(program.name))) return [];
    const given = program.args.filter(({ text }) => program.name !== 'set' || !/^-/.test(text));
    return given.flatMap(({ text }, at) => (isHostFrom(text, held) ? [String(at + 1), '@'] : []));
  });
}

/** Any word of a program that sends; for other programs only a URL or the value of an option. */
function isDestination({ text }: ShellWord, before: string, program: string, held: ReadonlySet<string>): boolean {
  const [, option = before, value = text] = /^(--?[a-z][\w-]+|-x)=(.*)$/s.exec(text) ?? [];
  if (Object.hasOwn(DATA_OPTION, program) && DATA_OPTION[program]?.test(before)) return false;
  if (ROUTE_OPTION.test(option)) return namesIn(value).some((name) => held.has(name));
  const isNamed =
    SENDERS.test(program) ||
    (before === 'login' && LOGS_IN.test(program)) ||
    (option === '--repo' && program === 'helm') ||
    /^[a-z][a-z\d+]*:\/\//.test(value) ||
    PLACE_OPTION.test(option) ||
    (option === '-h' && CLIENTS.test(program));
  const isSaid = option === before || PLACE_OPTION.test(option) || /^(?:-x|--repo)$/.test(option);
  return isNamed && isSaid && !value.startsWith('-') && !/^[\w-]+:\s/.test(value) && isHostFrom(value, held);
}

/** Whether the host of a place (`https://user@HOST:1/path`, `HOST:path`, `HOST`) comes from one of the variables. */
function isHostFrom(place: string, held: ReadonlySet<string>): boolean {
  const [host = ''] = place.replace(/^[a-z][a-z\d+]*:\/\//, '').split(/[/?#]/);
  return namesIn(host).some((name) => held.has(name));
}

function namesIn(text: string): string[] {
  const found = text.matchAll(/\$\{?([A-Za-z_]\w*|[1-9@*])|\{\{-?\s*\.(\w+)|\$\(jq [^)]*?\.(\w+)[^)]*LOCKSTEP_INPUT/g);
  return [...found].map(([, variable, field, read]) => variable ?? field ?? read ?? '');
}

/** A program of another language within a shell script, in a word or a here-document, whatever runs it. */
const OTHER_LANGUAGE =
  /\b(?:urlopen|requests\.\w+|httpx\.\w+|http\.client|smtplib|aiohttp|fetch|axios|node:https?|https?\.(?:request|get)|Net::HTTP|LWP)\b/;

/** `requests.get(os.environ['INPUT_X'])`: the first argument of the call is the tool's argument. */
function readsFirst(script: string, held: ReadonlySet<string>): boolean {
  const calls = script.matchAll(
    /\b(?:urlopen|Request|requests\.\w+|httpx\.\w+|fetch|axios(?:\.\w+)?|got)\(\s*(?:f["']\{|`\$\{)?\s*(?:os\.environ(?:\.get\(|\[)|os\.getenv\(|process\.env(?:\.|\[))\s*\\?["']?(\w+)/g,
  );
  return [...calls].some(([, name = '']) => held.has(name));
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
