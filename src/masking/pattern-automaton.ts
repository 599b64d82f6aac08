import { PatternHeads } from './pattern-heads.ts';
import { type Found, KIND_OF_BYTE, type SpelledReadings } from './spelled-readings.ts';

const BYTES = 256;

/**
 * Aho and Corasick's automaton over bytes. A state is a node of the trie of all patterns, and 0 is its root. In each
 * state, the bytes just read end with the path to that node, and with no longer prefix of any pattern.
 *
 * Nodes are numbered as they are made, so the child of a node is mostly the next number; only where patterns fork, a
 * hash table holds the edge. So even a value of a megabyte can be a pattern (17 bytes a node).
 */
export class PatternAutomaton {
  readonly #parent: Int32Array;
  readonly #label: Uint8Array;
  readonly #fail: Int32Array;
  readonly #longest: Int32Array;
  readonly #pending: Int32Array;
  readonly #root = new Int32Array(BYTES);
  readonly #heads: PatternHeads;
  #forks = new Int32Array(16);
  #forkCount = 0;
  #nodes = 1;

  /** Patterns shorter than SHORTEST_FORM are not allowed. */
  constructor(patterns: readonly Uint8Array[]) {
    const room = patterns.reduce((sum, pattern) => sum + pattern.length, 0) + 2;
    this.#parent = new Int32Array(room);
    this.#label = new Uint8Array(room);
    this.#fail = new Int32Array(room);
    this.#longest = new Int32Array(room);
    this.#pending = new Int32Array(room);
    this.#heads = new PatternHeads(patterns);
    for (const pattern of patterns) this.#insert(pattern);
    this.#link();
  }

  /** The number of bytes read last that are a proper prefix of a pattern and so may still become a match. */
  pending(state: number): number {
    return this.#pending[state] ?? 0;
  }

  /** The number of bytes read last that lead to the state. */
  depth(state: number): number {
    return Math.max(this.#pending[state] ?? 0, this.#longest[state] ?? 0);
  }

  /** The length of the longest pattern that ends at the state; 0 if no pattern does. */
  longest(state: number): number {
    return this.#longest[state] ?? 0;
  }

  /** The longest pattern that ends at the state. */
  patternAt(state: number): Uint8Array {
    const pattern = new Uint8Array(this.longest(state));
    let node = state;
    for (let last = pattern.length - 1; last >= 0; last--) {
      pattern[last] = at(this.#label, node);
      node = at(this.#parent, node);
    }
    return pattern;
  }

  /**
   * Continues from `state` and returns the new state. Where occurrences end, `found` receives the longest. `base` is
   * the position of the first byte; `readings` continue, too.
   */
  scan(bytes: Uint8Array, state: number, base: number, readings: SpelledReadings, found: Found): number {
    let now = state;
    let idle = readings.isIdle;
    for (let at = 0; at < bytes.length; at++) {
      if (now === 0 && idle) at = this.#heads.skip(bytes, at);
      const byte = bytes[at] ?? 0;
      if (KIND_OF_BYTE[byte] !== 0 || !idle) {
        readings.read(byte, base + at, now);
        idle = readings.isIdle;
      }
      now = this.step(now, byte);
      const length = this.#longest[now] ?? 0;
      if (length > 0) found(base + at + 1 - length, base + at + 1, now);
    }
    return now;
  }

  step(state: number, byte: number): number {
    let from = state;
    while (from !== 0) {
      const child = this.#child(from, byte);
      if (child !== 0) return child;
      from = this.#fail[from] ?? 0;
    }
    return this.#root[byte] ?? 0;
  }

  /** The child of a node; 0 when it has none for the byte. Not for the root. */
  #child(state: number, byte: number): number {
    if (this.#isEdge(state, byte, state + 1)) return state + 1;
    const mask = this.#forks.length - 1;
    for (let slot = hash(state, byte) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#forks[slot] ?? 0;
      if (node === 0 || this.#isEdge(state, byte, node)) return node;
    }
  }

  #isEdge(state: number, byte: number, node: number): boolean {
    return this.#parent[node] === state && this.#label[node] === byte;
  }

  #insert(pattern: Uint8Array): void {
    let state = 0;
    for (const byte of pattern) {
      const child = state === 0 ? this.#root[byte] : this.#child(state, byte);
      state = child || this.#grow(state, byte);
    }
    this.#longest[state] = pattern.length;
  }

  #grow(state: number, byte: number): number {
    const node = this.#nodes++;
    this.#parent[node] = state;
    this.#label[node] = byte;
    if (state === 0) this.#root[byte] = node;
    else if (node !== state + 1) this.#addFork(node);
    return node;
  }

  #addFork(node: number): void {
    this.#forkCount += 1;
    if (this.#forkCount * 2 > this.#forks.length) {
      const old = this.#forks;
      this.#forks = new Int32Array(old.length * 2);
      for (const moved of old) if (moved !== 0) this.#place(moved);
    }
    this.#place(node);
  }

  #place(node: number): void {
    const mask = this.#forks.length - 1;
    let slot = hash(at(this.#parent, node), at(this.#label, node)) & mask;
    while (this.#forks[slot] !== 0) slot = (slot + 1) & mask;
    this.#forks[slot] = node;
  }

  /**
   * Links each node to the node of the longest proper suffix of its path, where the scan continues after a mismatch.
   */
  #link(): void {
    const [order, depth] = this.#byDepth();
    const inner = new Uint8Array(this.#nodes);
    for (const node of order) inner[at(this.#parent, node)] = 1;
    for (const node of order) {
      const parent = at(this.#parent, node);
      const fail = parent === 0 ? 0 : this.step(at(this.#fail, parent), at(this.#label, node));
      this.#fail[node] = fail;
      this.#longest[node] ||= at(this.#longest, fail);
      this.#pending[node] = inner[node] === 1 ? at(depth, node) : at(this.#pending, fail);
    }
  }

  /** All nodes but the root, nearer ones first, and the depth of each. */
  #byDepth(): [order: Int32Array, depth: Int32Array] {
    const depth = new Int32Array(this.#nodes);
    let deepest = 0;
    for (let node = 1; node < this.#nodes; node++) {
      depth[node] = at(depth, at(this.#parent, node)) + 1;
      deepest = Math.max(deepest, at(depth, node));
    }
    const place = new Int32Array(deepest + 2);
    for (let node = 1; node < this.#nodes; node++) place[at(depth, node) + 1] = at(place, at(depth, node) + 1) + 1;
    for (let level = 1; level < place.length; level++) place[level] = at(place, level) + at(place, level - 1);
    const order = new Int32Array(this.#nodes - 1);
    for (let node = 1; node < this.#nodes; node++) {
      const level = at(depth, node);
      const next = at(place, level);
      order[next] = node;
      place[level] = next + 1;
    }
    return [order, depth];
  }
}

function hash(state: number, byte: number): number {
  const mixed = Math.imul(state, 0x9e3779b1) ^ Math.imul(byte + 1, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** An element that exists. The scan's own loops do without it: there one array of one kind is faster. */
function at(list: Int32Array | Uint8Array, index: number): number {
  return list[index] ?? 0;
}
