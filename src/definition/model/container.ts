import type { Location } from '../../text/problem.ts';
import type { Template } from '../expressions/template.ts';

/** What a tool's steps need from their container, besides its image. */
export interface Container {
  readonly at: Location;
  readonly files: readonly ContainerFile[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly services: readonly Service[];
  readonly entrypoint: readonly string[];
  readonly dependencies: readonly string[];
  readonly build?: string;
  /** In the engine's notation. */
  readonly memory?: string;
  readonly cpus?: string;
  readonly pull: 'missing' | 'always' | 'never';
}

/** A container that runs alongside the steps of one call of the tool. */
export interface Service {
  readonly at: Location;
  /** The host name by which the steps reach it. */
  readonly name: string;
  readonly image: string;
  /** The ports on which it must listen before a step begins. */
  readonly ports: readonly number[];
  /** Holds no secrets: it is on the engine's command line (rules/errors/sensitive-values.ts). */
  readonly env: ReadonlyMap<string, Template>;
}

/** Put at `path`: a text, a copy of a file (from the definition's folder), a secret, or a file of the machine. */
export interface ContainerFile {
  readonly path: string;
  readonly content?: string;
  readonly from?: string;
  /** The variable that holds the secret's path: lockstep.yaml maps a file of the machine to it. */
  readonly secret?: string;
  /** A file of the machine: lockstep.yaml hands it out. */
  readonly machine?: string;
}
