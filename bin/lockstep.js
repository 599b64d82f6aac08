#!/usr/bin/env node
// Written so that even Node 14 can read it: an old Node must get a sentence, not a syntax error.
// @ts-check
'use strict';
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(`lockstep needs Node 22.22 or newer; this is v${process.versions.node}\n`);
  process.exit(3);
}

// By default this signal opens Node's debugger, to which any user of the machine can attach.
process.on('SIGUSR1', () => undefined);

/** Commands that may hold unsealed values. */
const UNSEALING = ['run', 'runs', 'exec', 'watch', 'secret', 'serve', 'worker', 'mcp'];
/** What Node does by itself and would show or run: a debugger, reports with the environment, heaps on disk, code before ours. */
const OPEN_DOORS =
  /^--(inspect|debug|report|heapsnapshot|heap-prof|cpu-prof|prof\b|trace|redirect-warnings|diagnostic-dir)/;
const open = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)].find((word) =>
  OPEN_DOORS.test(word),
);
if (open !== undefined && process.argv.some((word) => UNSEALING.includes(word))) {
  process.stderr.write(
    `error: Node runs with ${open.split('=')[0]}, which could show secret values\n  next: unset NODE_OPTIONS\n`,
  );
  process.exit(3);
}

const { hash } = require('node:crypto');
const {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { dirname, isAbsolute, join } = require('node:path');
const vm = require('node:vm');

const DIST = join(__dirname, '../dist');
const BEGINS = '(function(exports,require,module,__filename,__dirname){';
const ENDS = '\n})';
const DIGEST_BYTES = 20;
/** Neither a pipe nor a link in a file's place is followed. Windows has no such flags: `|` takes that for 0. */
const CACHED = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
const OLD_MS = 30 * 24 * 3600 * 1000;
/** Each calls other functions: what one needs would only slow the others down. Where the guess is wrong, nothing else is. */
const KINDS = ['run', 'exec', 'check', 'plan', 'mcp'];

/**
 * A file that was compiled without kept code.
 * @typedef {{ name: string, source: Buffer, script: import('node:vm').Script }} Compiled
 */

/**
 * Loads a file of dist/ with V8's compiled code, kept in the user's cache folder. Node's own compile cache keeps only what is
 * compiled before anything has run; then every process would compile each function that it calls, a tenth of a `run`.
 */
class Loader {
  constructor() {
    /** @type {Map<string, { exports: object }>} */
    this.modules = new Map();
    /** @type {Compiled[]} */
    this.compiled = [];
    this.folder = cacheFolder();
    // All files are read into the same memory, for the first touch of a page costs more than what is read into it.
    this.memory = Buffer.allocUnsafeSlow(1 << 20);
  }

  /**
   * @param {string} name
   * @returns {object} its exports
   */
  load(name) {
    const known = this.modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.modules.set(name, module);
    const filename = join(DIST, name);
    const requireHere = (/** @type {string} */ id) => (id.startsWith('./') ? this.load(id.slice(2)) : require(id));
    try {
      this.compile(name, filename).call(module.exports, module.exports, requireHere, module, filename, DIST);
    } catch (error) {
      this.modules.delete(name);
      throw error;
    }
    return module.exports;
  }

  /**
   * @param {string} name
   * @param {string} filename
   */
  compile(name, filename) {
    const begun = this.memory.write(BEGINS, 'latin1');
    const end = this.read(filename, begun);
    const length = end + this.memory.write(ENDS, end, 'latin1');
    // One byte a character, since the build writes plain ASCII, and in one piece: V8 would copy it to put pieces together.
    const text = this.memory.toString('latin1', 0, length);
    if (this.folder === undefined) return new vm.Script(text, { filename }).runInThisContext();
    const source = digestOf(this.memory.subarray(0, length));
    const cachedData = this.readCode(join(this.folder, name), source);
    const script = new vm.Script(text, { filename, cachedData });
    if (cachedData === undefined || script.cachedDataRejected) this.compiled.push({ name, source, script });
    return script.runInThisContext();
  }

  /**
   * Valid until the next is read. Neither a torn file is used nor that of another source: V8 looks at little more than lengths.
   * @param {string} path
   * @param {Buffer} source
   */
  readCode(path, source) {
    try {
      const end = this.read(path, 0, CACHED, requireOwn);
      const code = this.memory.subarray(0, Math.max(0, end - 2 * DIGEST_BYTES));
      const digests = this.memory.subarray(code.length, end);
      return digests.equals(Buffer.concat([digestOf(code), source])) ? code : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Reads a whole file to this place in memory, and returns where it ends; there is room behind it.
   * @param {string} path
   * @param {number} start
   * @param {string | number} flags
   * @param {(stat: import('node:fs').Stats) => void} check throws where the file is not to be read
   */
  read(path, start, flags = 'r', check = () => undefined) {
    const file = openSync(path, flags);
    try {
      check(fstatSync(file));
      for (let end = start; ; ) {
        const count = readSync(file, this.memory, end, this.memory.length - end, null);
        if (count === 0) return end;
        end += count;
        if (end + ENDS.length > this.memory.length) this.memory = Buffer.concat([this.memory], 2 * this.memory.length);
      }
    } finally {
      closeSync(file);
    }
  }

  keepCode() {
    const { folder, compiled } = this;
    if (folder === undefined || compiled.length === 0) return;
    if (attempt(() => prepareFolder(folder))) for (const one of compiled) writeCode(folder, one);
  }
}

/** Undefined where there is none of the user's own. Never in a shared temporary folder: what is cached there is code. */
function cacheFolder() {
  const { XDG_CACHE_HOME = '', HOME = '' } = process.env;
  // The XDG specification has relative paths ignored.
  const caches = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : isAbsolute(HOME) && join(HOME, '.cache');
  if (!caches || !isOwn(caches)) return undefined;
  const kind = process.argv.find((word) => KINDS.includes(word)) || 'other';
  return join(caches, 'lockstep', `code-${process.version}-${process.arch}`, kind);
}

/**
 * Under `sudo` it may be another user's, who must not give root code to run, nor find root's files there.
 * @param {string} folder
 */
function isOwn(folder) {
  const stat = statOf(folder) || statOf(dirname(folder));
  return stat !== undefined && (!process.getuid || stat.uid === process.getuid());
}

/**
 * Windows knows no such numbers.
 * @param {import('node:fs').Stats} stat
 */
function requireOwn(stat) {
  const isOurs = !process.getuid || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0);
  if (!isOurs || !stat.isFile()) throw new Error('not ours');
}

/**
 * One by one: Node's recursive mkdir never returns in /proc. What other builds left long ago goes.
 * @param {string} folder
 */
function prepareFolder(folder) {
  const above = [dirname(dirname(dirname(folder))), dirname(dirname(folder)), dirname(folder), folder];
  for (const one of above) if (statOf(one) === undefined) mkdirSync(one, { mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    attempt(() => Date.now() - statSync(path).mtimeMs > OLD_MS && rmSync(path));
  }
}

/**
 * The code comes first: where it lies aligned, V8 does not copy it.
 * @param {string} folder
 * @param {Compiled} compiled
 */
function writeCode(folder, { name, source, script }) {
  const draft = join(folder, `${name}.${process.pid}`);
  const isWritten = attempt(() => {
    const code = script.createCachedData();
    writeFileSync(draft, Buffer.concat([code, digestOf(code), source]), { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(folder, name));
  });
  if (!isWritten) attempt(() => rmSync(draft, { force: true }));
}

/**
 * Undefined where it is not there, or nobody may say what it is.
 * @param {string} path
 */
function statOf(path) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Where nothing can be kept, a command does without.
 * @param {() => unknown} work
 */
function attempt(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/**
 * Against accidents, not against people: who can write this folder owns the user.
 * @param {Buffer} bytes
 */
function digestOf(bytes) {
  return hash('sha1', bytes, 'buffer');
}

const loader = new Loader();
// Who has failed has not called what the next one calls.
process.once('exit', (code) => code === 0 && loader.keepCode());
/** @type {{ start(): void }} */ (loader.load('bin.cjs')).start();
