/** The forms of names (DESIGN: a repository). Kept in step with the patterns in `schemas/` by test/names.test.ts. */
export const NAME_PATTERNS = {
  /** groups, members */
  slug: /^[a-z][a-z0-9-]{0,63}$/,
  /** tools, agents */
  definition: /^[a-z][a-z0-9_-]{0,63}$/,
  /** steps, arguments, outputs */
  word: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
  secret: /^[A-Za-z][A-Za-z0-9_]{0,127}$/,
  variable: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
} as const;

export type NameKind = keyof typeof NAME_PATTERNS;

export const NAME_FORMS: Record<NameKind, string> = {
  slug: 'a lower-case letter, then lower-case letters, digits and "-" (64 at most)',
  definition: 'a lower-case letter, then lower-case letters, digits, "-" and "_" (64 at most)',
  word: 'a letter, then letters, digits, "_" and "-" (64 at most)',
  secret: 'a letter, then letters, digits and "_" (128 at most)',
  variable: 'a letter or "_", then letters, digits and "_" (128 at most)',
};

export function isName(kind: NameKind, text: string): boolean {
  return NAME_PATTERNS[kind].test(text);
}

/** `dry-run` -> `INPUT_DRY_RUN`: the variable that passes an argument to a script. */
export function inputVariable(argument: string): string {
  return `INPUT_${argument.replaceAll('-', '_').toUpperCase()}`;
}

/** The variables that hold the item and its index in a step with `forEach`. */
export const ITEM_VARIABLES = ['ITEM', 'ITEM_INDEX'] as const;

/**
 * Variables whose value a shell, a loader, a run time or a common program executes, loads, or reads as its options.
 * From the sections on the environment in the manuals of bash, dash, zsh, ld.so, glibc, git, ssh, rsync, tar, gzip, xz,
 * zip, make, gcc, less, man, sudo, systemd, Python, Perl, Ruby, Node, Java, Maven, Gradle, Go, Rust, .NET, PHP, Lua,
 * Tcl, R, Erlang, OpenSSL and PostgreSQL.
 */
const CODE_RUNNING_VARIABLES = new Set(
  `BASH_ENV ENV SHELLOPTS BASHOPTS PS0 PS1 PS2 PS4 IFS PATH HOME CDPATH GLOBIGNORE EXECIGNORE PROMPT_COMMAND INPUTRC FPATH
   ZDOTDIR GCONV_PATH LOCPATH HOSTALIASES PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONBREAKPOINT PYTHONINSPECT
   PYTHONWARNINGS PYTHONEXECUTABLE PERLLIB PERL5LIB PERL5OPT PERL5DB PERL5SHELL RUBYLIB RUBYOPT RUBYSHELL GEM_PATH
   BUNDLE_GEMFILE NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS JAVA_OPTS
   CLASSPATH MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS ANT_OPTS SBT_OPTS GOFLAGS GOENV GOTOOLCHAIN RUSTC RUSTC_WRAPPER
   RUSTC_WORKSPACE_WRAPPER RUSTFLAGS RUSTDOC DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE CORECLR_PROFILER
   CORECLR_PROFILER_PATH COR_PROFILER COR_PROFILER_PATH MONO_PATH PHPRC PHP_INI_SCAN_DIR LUA_INIT LUA_PATH LUA_CPATH TCLLIBPATH
   R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER JULIA_LOAD_PATH EMACSLOADPATH ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ERL_LIBS
   ELIXIR_ERL_OPTIONS GUILE_LOAD_PATH AWKPATH AWKLIBPATH EDITOR VISUAL PAGER MANPAGER BROWSER VIMINIT EXINIT LESS LESSOPEN
   LESSCLOSE LESSEDIT LESSKEY LESSKEYIN MANOPT SYSTEMD_PAGER SYSTEMD_LESS SYSTEMD_EDITOR SUDO_EDITOR SUDO_ASKPASS SSH_ASKPASS
   CVS_RSH SVN_SSH SVN_EDITOR HGEDITOR HGRCPATH RSYNC_RSH RSYNC_CONNECT_PROG TAR_OPTIONS GZIP XZ_OPT XZ_DEFAULTS UNZIP ZIPOPT
   MAKEFLAGS GNUMAKEFLAGS MFLAGS MAKEFILES CC CXX CFLAGS CXXFLAGS LDFLAGS GCC_EXEC_PREFIX COMPILER_PATH CONFIG_SHELL CONFIG_SITE
   GREP_OPTIONS KUBE_EDITOR KUBECTL_EXTERNAL_DIFF PSQL_EDITOR PSQL_PAGER PSQLRC OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES
   QT_PLUGIN_PATH GTK_MODULES GIO_EXTRA_MODULES GIT_SSH GIT_SSH_COMMAND GIT_EXEC_PATH GIT_ASKPASS GIT_EDITOR
   GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_TEMPLATE_DIR GIT_DIR GIT_COMMON_DIR
   GIT_ALTERNATE_OBJECT_DIRECTORIES HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY`.split(/\s+/),
);
const CODE_RUNNING_PREFIXES = ['BASH_FUNC_', 'LD_', 'DYLD_', 'GIT_CONFIG', 'LOCKSTEP_', 'INPUT_'];

/** Whether only Lockstep may set variables of this name. The names are case-sensitive: `input_file` is not reserved. */
export function isReservedVariable(name: string): boolean {
  return /^(LOCKSTEP|INPUT)_/.test(name);
}

/**
 * Whether a secret injected under this name would run or redirect code (SECURITY section 3, and similar names), or
 * would replace a variable that Lockstep itself sets. Such a name needs a grant with `as:NAME`.
 */
export function isDangerousVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return CODE_RUNNING_VARIABLES.has(upper) || CODE_RUNNING_PREFIXES.some((prefix) => upper.startsWith(prefix));
}

/**
 * Variables that name a configuration, a host or a store that a program trusts: a kubeconfig runs programs, too. The
 * definition, the user's own environment and the vault may set them; an argument may not.
 */
const CONFIGURING_VARIABLES = new Set(
  `SHELL HISTFILE NLSPATH RES_OPTIONS MALLOC_TRACE GEM_HOME NODE_EXTRA_CA_CERTS JAVA_HOME GRADLE_USER_HOME GOROOT GOPATH GOPROXY
   CARGO_HOME DOTNET_ROOT KUBECONFIG HELM_PLUGINS HELM_DATA_HOME HELM_CONFIG_HOME DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT
   CONTAINERS_CONF CONTAINER_HOST TF_CLI_CONFIG_FILE TERRAFORM_CONFIG AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
   CLOUDSDK_PYTHON CLOUDSDK_CONFIG GOOGLE_APPLICATION_CREDENTIALS BOTO_CONFIG PGSERVICEFILE PGSYSCONFDIR MYSQL_HOME CURL_HOME
   WGETRC SYSTEM_WGETRC NETRC SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE GNUPGHOME SSH_AUTH_SOCK TERMINFO
   XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS
   DBUS_SYSTEM_BUS_ADDRESS LIBRARY_PATH CPATH PKG_CONFIG PKG_CONFIG_PATH TMPDIR NO_PROXY`.split(/\s+/),
);
const CONFIGURING_PREFIXES = ['GIT_', 'NPM_CONFIG_', 'PIP_', 'ANSIBLE_', 'TF_CLI_ARGS', 'GLIBC_', 'COMPLUS_'];

/** Whether arguments may not set a variable of this name. */
export function isTrustedVariable(name: string): boolean {
  const upper = name.toUpperCase();
  const configures =
    CONFIGURING_VARIABLES.has(upper) || CONFIGURING_PREFIXES.some((prefix) => upper.startsWith(prefix));
  return configures || isDangerousVariable(name);
}

/** A step on the host has it, and no other: it finds the processes that have left the group of the step. */
export const MARK_VARIABLE = 'LOCKSTEP_STEP_MARK';
