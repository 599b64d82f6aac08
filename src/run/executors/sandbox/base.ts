import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from '../../workspace/scratch.ts';
import { Hidden } from './hidden.ts';
import { type OpenNetwork, openNetwork, RESOLVER } from './network.ts';
import { writeEtc } from './own-etc.ts';

/** bubblewrap as it is on this machine. */
export interface Bubblewrap {
  readonly file: string;
  /** 0.8 and later: no user namespace can be made in the sandbox. */
  readonly canDisableUserns: boolean;
}

/** How sandboxes are on this machine, and what lockstep.yaml shows in them. */
export interface SandboxSettings {
  readonly bubblewrap: Bubblewrap;
  /** Seen as the home, and empty. */
  readonly home: string;
  /** Files and folders that no step sees: identities, state, caches, homes. Absolute. */
  readonly hidden: readonly string[];
  /** Shown beside, read-only. Absolute. */
  readonly binds: readonly string[];
  /** Ports of the host's loopback that an open network reaches. */
  readonly ports: readonly number[];
}

/** What all sandboxed steps of a run share; made when the first one needs it. */
export class SandboxBase {
  readonly settings: SandboxSettings;
  readonly #scratch: Scratch;
  #hidden: Hidden | undefined;
  #open: OpenNetwork | undefined;
  readonly #folders = new Map<'none' | 'open', string>();

  constructor(settings: SandboxSettings, scratch: Scratch) {
    this.settings = settings;
    this.#scratch = scratch;
  }

  /** @throws LockstepError `state/unusable` where a hidden file could be read by another name */
  get hidden(): Hidden {
    this.#hidden ??= new Hidden(this.settings.hidden);
    return this.#hidden;
  }

  get open(): OpenNetwork {
    this.#open ??= openNetwork();
    return this.#open;
  }

  /** A folder with `etc`, `empty`, and room for what belongs to one network. */
  folder(network: 'none' | 'open'): string {
    const known = this.#folders.get(network);
    if (known !== undefined) return known;
    const { path } = this.#scratch.step(`sandbox-${network}`);
    for (const name of ['etc', 'empty']) mkdirSync(join(path, name), { mode: 0o755 });
    const resolver = network === 'open' && this.open === 'pasta' ? { resolver: RESOLVER } : {};
    writeEtc(join(path, 'etc'), { home: this.settings.home, network, ...resolver });
    this.#folders.set(network, path);
    return path;
  }
}
