#!/usr/bin/env node
// Written so that even Node 14 can read it: an old Node must get a sentence, not a syntax error.
'use strict';
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(`lockstep needs Node 22.22 or newer; this is v${process.versions.node}\n`);
  process.exit(3);
}

const { hash } = require('node:crypto');
const {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { join } = require('node:path');
const vm = require('node:vm');

const DIST = join(__dirname, '../dist');
const BEGINS = '(function(exports,require,module,__filename,__dirname){';
const ENDS = '\n})';
const DIGEST_BYTES = 20;
/** A pipe in a file's place may not keep us waiting. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
/** Each calls other functions: what one needs would only slow the others down. Where the guess is wrong, nothing else is. */
const KINDS = ['run', 'exec', 'check', 'plan'];

/**
 * Loads a file of dist/ with V8's compiled code, kept in the user's cache folder. Node's own compile cache keeps only what is
 * compiled before anything has run; then every process would compile each function that it calls, a tenth of a `run`.
 */
class Loader {
  constructor() {
    this.modules = new Map();
    this.compiled = [];
    this.folder = cacheFolder();
    // All files are read into the same memory, for the first touch of a page costs more than what is read into it.
    this.memory = Buffer.allocUnsafeSlow(1 << 20);
  }

  load(name) {
    const known = this.modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.modules.set(name, module);
    const filename = join(DIST, name);
    const requireHere = (id) => (id.startsWith('./') ? this.load(id.slice(2)) : require(id));
    this.compile(name, filename).call(module.exports, module.exports, requireHere, module, filename, DIST);
    return module.exports;
  }

  compile(name, filename) {
    const begun = this.memory.latin1Write(BEGINS);
    const end = this.read(filename, begun);
    const length = end + this.memory.latin1Write(ENDS, end);
    // One byte a character, since the build writes plain ASCII, and in one piece: V8 would copy it to put pieces together.
    const text = this.memory.latin1Slice(0, length);
    const source = this.folder && digestOf(this.memory.subarray(0, length));
    const cachedData = this.folder && this.readCode(join(this.folder, name), source);
    const script = new vm.Script(text, { filename, cachedData });
    if (cachedData === undefined || script.cachedDataRejected) this.compiled.push({ name, source, script });
    return script.runInThisContext();
  }

  /** Valid until the next is read. Neither a torn file is used nor that of another source: V8 looks at little more than lengths. */
  readCode(path, source) {
    try {
      const end = this.read(path, 0, requireOwn);
      const code = this.memory.subarray(0, Math.max(0, end - 2 * DIGEST_BYTES));
      const digests = this.memory.subarray(code.length, end);
      return digests.equals(Buffer.concat([digestOf(code), source])) ? code : undefined;
    } catch {
      return undefined;
    }
  }

  /** Reads a whole file to this place in memory, and returns where it ends; there is room behind it. */
  read(path, start, check = () => undefined) {
    const file = openSync(path, READ_FLAGS);
    try {
      check(fstatSync(file));
      for (let end = start; ; ) {
        const count = readSync(file, this.memory, end, this.memory.length - end);
        if (count === 0) return end;
        end += count;
        if (end + ENDS.length > this.memory.length) this.memory = Buffer.concat([this.memory], 2 * this.memory.length);
      }
    } finally {
      closeSync(file);
    }
  }

  keepCode() {
    if (this.folder) for (const one of this.compiled) writeCode(this.folder, one);
  }
}

/** Undefined where the user has none. Never in a shared temporary folder: what is cached there is code. */
function cacheFolder() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  const kind = process.argv.find((word) => KINDS.includes(word)) || 'other';
  return caches && join(caches, 'lockstep', `code-${process.version}-${process.arch}`, kind);
}

/** Under `sudo`, the folder may be another user's, who must not give root code to run. Windows knows no such numbers. */
function requireOwn({ uid, mode }) {
  if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) throw new Error('not ours');
}

/** The code comes first: where it lies aligned, V8 does not copy it. */
function writeCode(folder, { name, source, script }) {
  const draft = join(folder, `${name}.${process.pid}`);
  const isWritten = attempt(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const code = script.createCachedData();
    writeFileSync(draft, Buffer.concat([code, digestOf(code), source]), { mode: 0o600, flag: 'wx' });
    renameSync(draft, join(folder, name));
  });
  if (!isWritten) attempt(() => rmSync(draft, { force: true }));
}

/** Where nothing can be kept, a command does without. */
function attempt(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Against accidents, not against people: who can write this folder owns the user. */
function digestOf(bytes) {
  return hash('sha1', bytes, 'buffer');
}

const loader = new Loader();
// Who has failed has not called what the next one calls.
process.once('exit', (code) => code === 0 && loader.keepCode());
loader.load('bin.cjs').start();
