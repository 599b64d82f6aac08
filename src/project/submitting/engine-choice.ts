import { LocalEngine } from '../../engine/local-engine.ts';
import type { RunEngine } from '../../engine/run-engine.ts';
import type { RunStore } from '../../engine/run-store.ts';
import type { Config } from '../repository/config.ts';
import type { EngineName } from '../repository/engine-settings.ts';
import type { VaultAccess } from '../vault/vault-access.ts';

/** A project, as far as its runs are concerned. */
interface Owner {
  readonly runs: RunStore;
  readonly snapshot: { readonly config: Config };
  readonly vault: VaultAccess;
  readonly now: () => Date;
}

/** Where the runs of a project live: by `--engine`, else by lockstep.yaml. The engine of a database is loaded on first use. */
export class EngineChoice {
  readonly #owner: Owner;
  readonly #wanted: EngineName | undefined;
  #opened: Promise<RunEngine> | undefined;

  constructor(owner: Owner, wanted: EngineName | undefined) {
    this.#owner = owner;
    this.#wanted = wanted;
  }

  get name(): EngineName {
    return this.#wanted ?? this.#owner.snapshot.config.engine.type;
  }

  /** @throws LockstepError `engine/unset`, `vault/missing` */
  open(): Promise<RunEngine> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = this.#open();
    this.#opened = opened;
    // A database that was away is tried again.
    opened.catch(() => (this.#opened = undefined));
    return opened;
  }

  async #open(): Promise<RunEngine> {
    const { runs, snapshot, vault, now } = this.#owner;
    if (this.name === 'local') return new LocalEngine(runs);
    const { openEngine } = await import('./open-engine.ts');
    return openEngine({ config: snapshot.config, vault, env: vault.env, now });
  }
}
