import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from '../../workspace/scratch.ts';
import { Hidden } from './hidden.ts';
import { type OpenNetwork, openNetwork, RESOLVER } from './network.ts';
import { writeEtc } from './own-etc.ts';

/** The bubblewrap of this machine. */
export interface Bubblewrap {
  readonly file: string;
  /** 0.8 and later: no user namespace can be made in the sandbox. */
  readonly canDisableUserns: boolean;
}

/** The settings for sandboxes on this machine, and what lockstep.yaml shows in them. */
export interface SandboxSettings {
  readonly bubblewrap: Bubblewrap;
  /** The path of the home folder, which steps see empty. */
  readonly home: string;
  /** Files and folders that no step sees: identities, state, caches, homes. Absolute. */
  readonly hidden: readonly string[];
  /** Further paths to show, read-only. Absolute. */
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

  /** @throws LockstepError `state/unusable` where steps could read a hidden file by another name */
  get hidden(): Hidden {
    this.#hidden ??= new Hidden(this.settings.hidden);
    return this.#hidden;
  }

  get open(): OpenNetwork {
    this.#open ??= openNetwork();
    return this.#open;
  }

  /** A folder with `etc`, `empty`, and the files of one network. */
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
