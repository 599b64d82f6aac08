#!/usr/bin/env node
// Written so that even Node 14 can read it: an old Node must get a sentence, not a syntax error.
import module from 'node:module';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 22)) {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  // Never in a shared temporary folder: what is cached there is code. Node itself keeps quiet when it cannot write.
  if (caches) module.enableCompileCache(join(caches, 'lockstep'));
  import('../dist/bin.js').then((bin) => bin.start());
} else {
  process.stderr.write(`lockstep needs Node 22.22 or newer; this is v${process.versions.node}\n`);
  process.exitCode = 3;
}
