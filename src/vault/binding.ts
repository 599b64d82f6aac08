import { type AgeFile, malformed, parseAgeFile } from './age-file.ts';

/** What a ciphertext is for; stands in its header under the MAC, so that it opens nowhere else (BIND). */
export type Binding =
  | {
      readonly of: 'entry';
      readonly vault: string;
      readonly group: string;
      readonly name: string;
      readonly version: number;
      readonly epoch: number;
    }
  | {
      readonly of: 'key';
      readonly vault: string;
      readonly group: string;
      readonly epoch: number;
      readonly member: string;
    }
  /** The key of an epoch that has ended, sealed to the key after it. */
  | { readonly of: 'retired'; readonly vault: string; readonly group: string; readonly epoch: number };

/** The arguments of the extra stanza, which every age implementation skips. */
export function bindingArgs(binding: Binding): readonly string[] {
  const { of, vault, group } = binding;
  return ['lockstep/1', of, vault, group, ...placeWithin(binding).map(String)];
}

function placeWithin(binding: Binding): readonly (string | number)[] {
  switch (binding.of) {
    case 'entry':
      return [binding.name, binding.version, binding.epoch];
    case 'key':
      return [binding.epoch, binding.member];
    case 'retired':
      return [binding.epoch];
  }
}

/** Null when the file has the two stanzas of ours but is bound elsewhere. Throws `AgeFault` 'malformed' for other stanzas. */
export function parseBound(bytes: Uint8Array, binding: Binding): AgeFile | null {
  const file = parseAgeFile(bytes);
  const [key, bound, ...others] = file.stanzas;
  const isOurs = key?.args[0] === 'X25519' && bound?.args[0] === 'lockstep/1' && bound.body.length === 0;
  if (!isOurs || others.length > 0) throw malformed('not sealed to one X25519 recipient with one Lockstep binding');
  return bound.args.join(' ') === bindingArgs(binding).join(' ') ? file : null;
}
