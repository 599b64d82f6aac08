import { baseName } from '../../../util/paths.ts';

/** The known programs: which of them read an argument as a program, as a name, or as an option. */

const SHELLS: ReadonlySet<string> = new Set('sh bash rbash dash ash ksh ksh93 mksh zsh fish csh tcsh'.split(' '));

/** Builtins of the shell, and programs, that have rules of their own below. */
const INTERPRETERS: ReadonlySet<string> = new Set(
  `perl ruby php lua psql sqlite3 duckdb sqlplus sqlcmd clickhouse-client cqlsh usql vsql snowsql trino presto beeline hive spark-sql cockroach osascript Rscript deno bun pwsh gdb expect ssh make watch parallel at batch crontab
   xargs su runuser script screen tmux ed ex bc dc source eval trap alias flock compgen complete fc m4 tclsh gnuplot octave
   julia groovy scala ghci iex elixir erl clojure`.split(/\s+/),
);

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^python[\d.]*$|^pypy3?$|^ipython3?$/, 'python'],
  [/^(?:node|nodejs|ts-node|tsx)$/, 'node'],
  [/^lua(?:jit|[\d.]+)$/, 'lua'],
  [/^R$/, 'Rscript'],
  [/^(?:mysql|mariadb)$/, 'mysql'],
  [/^(?:mongo|mongosh)$/, 'mongo'],
  [/^(?:[gmn]?awk|original-awk)$/, 'awk'],
  [/^g?sed$/, 'sed'],
  [/^(?:jq|yq|gojq|jaq)$/, 'jq'],
  [/^(?:vim?|nvim|view)$/, 'vim'],
  [/^gmake$/, 'make'],
  [/^(?:autossh|mosh|rsh|remsh|plink|dbclient)$/, 'ssh'],
  [/^(?:pssh|parallel-ssh|pdsh|clush|dsh)$/, 'pdsh'],
  [/^perl[\d.]+$/, 'perl'],
  [/^ruby[\d.]+$/, 'ruby'],
  [/^sg$/, 'su'],
  [/^tclsh[\d.]*$/, 'tclsh'],
];

/** The language of what a program reads; undefined of one that runs nothing that it is given. */
export function languageOf(program: string): string | undefined {
  const base = baseName(program);
  if (base === '.') return 'source';
  if (SHELLS.has(base)) return 'shell';
  if (INTERPRETERS.has(base)) return base;
  return SPELLINGS.find(([spelling]) => spelling.test(base))?.[1];
}

/** The option behind which a program stands. */
export const CODE_OPTION: Readonly<Record<string, RegExp>> = {
  shell: /^[-+][A-Za-z]*c[A-Za-z]*$/,
  python: /^-[A-Za-z]*c$/,
  node: /^(?:-[ep]|-pe|--eval|--print)$/,
  perl: /^-[A-Za-z0-9]*[eE]$/,
  ruby: /^-[a-z]*e$/,
  php: /^-(?:r|B|R|E)$/,
  lua: /^-e$/,
  psql: /^(?:-[A-Za-z]*c|--command)$/,
  mysql: /^(?:-[A-Za-z]*e|--execute)$/,
  mongo: /^--eval$/,
  sqlite3: /^-cmd$/,
  duckdb: /^-c$/,
  sqlcmd: /^-[Qq]$/,
  'clickhouse-client': /^-q$|^--query$/,
  cqlsh: /^-e$|^--execute$/,
  usql: /^-c$|^--command$/,
  vsql: /^-c$/,
  snowsql: /^-q$|^--query$/,
  trino: /^--execute$/,
  presto: /^--execute$/,
  beeline: /^-e$/,
  hive: /^-e$/,
  'spark-sql': /^-e$/,
  cockroach: /^-e$|^--execute$/,
  osascript: /^-e$/,
  Rscript: /^-e$/,
  deno: /^eval$/,
  bun: /^-e$/,
  pwsh: /^-(?:c|e)/i,
  gdb: /^-ex$|^-eval-command$/,
  expect: /^-c$/,
  dc: /^-e$|^--expression$/,
  vim: /^-c$|^--cmd$/,
  ex: /^-c$/,
  gnuplot: /^-e$/,
  octave: /^--eval$/,
  julia: /^-[eE]$/,
  groovy: /^-e$/,
  scala: /^-e$/,
  ghci: /^-e$/,
  iex: /^-e$|^--eval$/,
  elixir: /^-e$|^--eval$/,
  erl: /^-eval$/,
  clojure: /^-e$/,
};

/** Options that take the next word for themselves. */
export const VALUE_OPTION: Readonly<Record<string, RegExp>> = {
  shell: /^[-+][a-z]*[oO]$|^--(?:rcfile|init-file)$/,
  python: /^-[WXm]$/,
  node: /^(?:-r|--require|--import|--loader|--experimental-loader)$/,
  other: /^-[dhUuPpDIMF]$/,
};

/** Programs that run the command behind them, with the variables that they have. */
export const LOCAL_WRAPPER =
  /^(?:env|nohup|time|timeout|nice|ionice|chrt|taskset|stdbuf|unbuffer|setsid|exec|command|builtin|xargs|busybox|coproc)$/;

/** The same, elsewhere or without our variables. */
export const REMOTE_WRAPPER =
  /^(?:sudo|doas|su|docker|podman|nerdctl|kubectl|oc|ssh|chroot|nsenter|unshare|gosu|su-exec|runuser|lxc|vagrant|flock|watch|find|fd|strace|ltrace|tini|dumb-init|systemd-run|setpriv|proot|fakeroot|entr|inotifywait|script|parallel|srun|mpirun)$/;

/** To these the name of an interpreter is a word like any other. */
export const TAKES_NAMES =
  /^(?:echo|printf|apt|apt-get|apk|yum|dnf|microdnf|brew|pip|pip3|npm|yarn|which|type|hash|man|grep|egrep|fgrep|cat|ls|cp|mv|rm|mkdir|touch|test|\[|cd|export|helm|git|curl|wget|tar)$/;

/** Builtins that show or compare what they get: a "-" in front does no harm. */
export const FREE = /^(?:echo|:|true|false|return|exit|shift|break|continue)$/;

/** Builtins that declare variables. */
export const DECLARES = /^(?:declare|typeset|local|export|readonly)$/;

/** Builtins whose words name variables. */
export const TAKES_VARIABLES = /^(?:unset|read|export|readonly|declare|typeset|local|mapfile|readarray|getopts)$/;

export const SQL =
  /^(?:psql|mysql|sqlite3|duckdb|sqlplus|sqlcmd|clickhouse-client|cqlsh|usql|vsql|snowsql|trino|presto|beeline|hive|spark-sql|cockroach)$/;

/** Clients that read commands, among them such as run a program here: `!ls`, `get file |sh`. */
export const COMMAND_CLIENT = /^(?:sftp|ftp|lftp|smbclient)$/;

/** Whose `host:path` a shell of that host may read. */
export const COPIES_FROM_HOSTS = /^(?:scp|rsync)$/;

/** Programs that print what they were given, or what they read. */
export const PASSES_ON =
  /^(?:echo|printf|cat|ls|tac|tr|cut|head|tail|sed|g?awk|mawk|sort|uniq|tee|grep|egrep|fgrep|basename|dirname|xargs|rev|fold|fmt|jq|base64|base32|xxd|yq|envsubst|paste|nl|column|expand|seq|expr|yes|comm|join|diff|stat|find|tsort|csplit|split|look|date|realpath|readlink|iconv|dos2unix|strings|shuf|gzip|gunzip|zcat|perl|pv|dd)$/;

/** What their programs print may be made of all that they get, and of variables that they name. */
export const INTERPRETED = /^(?:shell|python|node|perl|ruby|php|lua|awk)$/;

/** They print variables. */
export const SHOWS_VARIABLES = /^(?:printenv|env|envsubst|declare|typeset|export|set|compgen)$/;

/** Files that are programs, or decide what programs run. */
export const CODE_FILE =
  /\.(?:sh|bash|zsh|py|js|mjs|cjs|ts|pl|rb|php|lua|sql|awk|sed|service|timer|env|envrc|rc|profile|mk|desktop)$|(?:^|\/)(?:Makefile|GNUmakefile|Dockerfile|Containerfile|Jenkinsfile|Vagrantfile|crontab|\.bashrc|\.profile|\.bash_profile|\.bash_aliases|\.bash_login|\.zshrc|\.zshenv|\.kshrc|\.vimrc|\.npmrc|\.gitconfig|authorized_keys|sudoers)$|\.(?:ssh|aws)\/config$|\/etc\/(?:cron|profile|ld\.so)|\.git\/(?:hooks\/|config$)/;

/** Options of common programs whose value they run: in one word with it. */
const RUNS_ITS_VALUE =
  /(?:^|["'])(?:--(?:to-command|checkpoint-action|exec|exec-batch|rsh|upload-pack|receive-pack|use-compress-program|pre|pager|rsync-path|command|eval|execute|info-script|new-volume-script|config|split-string|proxy-command|ssh-executable|user-data|custom-data|exec-command|sh-exec)=|(?:--metadata=)?startup-script=|(?:EXEC|SYSTEM|SHELL):|-o ?(?:Proxy|Local|Remote)Command|(?:Proxy|Local|Remote)Command[ =]|core\.(?:sshCommand|pager|editor|fsmonitor|hooksPath|gitProxy)=|alias\.|protocol\.ext|diff\.external|credential\.helper)/i;

/** And before it. */
const RUNS_NEXT_WORD =
  /^(?:--(?:[a-z]+-filter|extcmd|command|to-command|checkpoint-action|exec|exec-batch|rsh|upload-pack|receive-pack|use-compress-program|pre|pager|rsync-path|eval|execute|info-script|new-volume-script|split-string|proxy-command|user-data|custom-data|exec-command|ssh-command|sh-exec)|foreach)$/;

/** What of these a single letter announces. */
const RUNS_NEXT_WORD_OF: Readonly<Record<string, RegExp>> = {
  rsync: /^-[a-z]*e$/,
  ssh: /^-[oFS]$/,
  scp: /^-[oFS]$/,
  sftp: /^-[oFSD]$/,
  env: /^-[a-z]*S$/,
  tar: /^-[a-zA-Z]*[IF]$/,
  git: /^-c$|^rebase$|^--exec$|^-x$|^(?:core\.(?:sshCommand|pager|editor|fsmonitor|hooksPath|gitProxy|askPass)|alias\..*|.*\.(?:textconv|command|cmd|clean|smudge|process|helper|program|driver|external|tool)|sequence\.editor|pager\..*)$/i,
  npm: /^(?:script-shell|shell|editor|git|node-options|-c|--call)$/,
  npx: /^(?:-c|--call)$/,
  rails: /^(?:runner|r)$/,
  az: /^--scripts$/,
  aws: /^--parameters$/,
  ansible: /^(?:-a|--args)$/,
  salt: /^cmd\./,
  mapfile: /^-C$/,
  readarray: /^-C$/,
  split: /^--filter$/,
  sort: /^--compress-program$/,
  zip: /^-TT$|^--unzip-command$/,
  man: /^-P$/,
  curl: /^-[a-zA-Z]*K$|^--config$/,
  wget: /^-e$|^--use-askpass$/,
  openssl: /^-(?:engine|provider)$/,
  bundle: /^runner$/,
  'manage.py': /^(?:-c|--command)$/,
  wp: /^eval$/,
  drush: /^(?:ev|eval|php[:-]eval)$/,
  rabbitmqctl: /^eval$/,
  mix: /^(?:-e|--eval)$/,
  heroku: /^(?:run|--)$/,
  consul: /^exec$/,
  bolt: /^run$/,
  'salt-ssh': /^(?:-r|--raw)$|^cmd\./,
  'salt-call': /^cmd\./,
  'nix-shell': /^--run$/,
  repo: /^-c$/,
  fzf: /^--(?:preview|bind)$/,
  nc: /^-[ec]$/,
  ncat: /^-[ec]$/,
  lftp: /^-[ec]$/,
  smbclient: /^-c$/,
};

export function runsNextWord(program: string, option: string): boolean {
  const own = Object.hasOwn(RUNS_NEXT_WORD_OF, program) ? RUNS_NEXT_WORD_OF[program] : undefined;
  return RUNS_NEXT_WORD.test(option) || own?.test(option) === true;
}

/** @param word as it is written: `--filter='...'` */
export function runsItsValue(program: string, word: string): boolean {
  const option = /^["']?(--[\w-]+)=/.exec(word)?.[1];
  return RUNS_ITS_VALUE.test(word) || (option !== undefined && runsNextWord(program, option));
}
