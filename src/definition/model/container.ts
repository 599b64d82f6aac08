import type { Location } from '../../text/problem.ts';
import type { Template } from '../expressions/template.ts';

/** What a tool's steps want of their container, beside its image. */
export interface Container {
  readonly at: Location;
  readonly files: readonly ContainerFile[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly services: readonly Service[];
  readonly entrypoint: readonly string[];
  readonly dependencies: readonly string[];
  readonly build?: string;
  /** As the engine takes them. */
  readonly memory?: string;
  readonly cpus?: string;
  readonly pull: 'missing' | 'always' | 'never';
}

/** A container that runs beside the steps of one call of the tool. */
export interface Service {
  readonly at: Location;
  /** By which the steps reach it. */
  readonly name: string;
  readonly image: string;
  /** Where it listens before a step begins. */
  readonly ports: readonly number[];
  /** Never anything secret: it stands on the engine's command line (rules/sensitive-arguments.ts). */
  readonly env: ReadonlyMap<string, Template>;
}

/** Put at `path`: a text, a copy of a file that is named from the definition's folder, a secret, or a file of the machine. */
export interface ContainerFile {
  readonly path: string;
  readonly content?: string;
  readonly from?: string;
  /** The variable that holds the secret's path: lockstep.yaml maps a file of the machine to it. */
  readonly secret?: string;
  /** A file of the machine: lockstep.yaml hands it out. */
  readonly machine?: string;
}
