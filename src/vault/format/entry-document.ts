import { parseGrant } from '../../grant.ts';
import { isName } from '../../names.ts';
import { isDate } from '../../util/guards.ts';
import { decodeArmor, encodeArmor } from '../age/encodings.ts';
import { isSignature } from '../age/signature.ts';
import { CanonicalWriter, requireCanonical } from './canonical.ts';
import { parseFields } from './canonical-parser.ts';
import { Fields } from './fields.ts';

export const ENTRY_FORMAT = 'lockstep-secret/1';
const LONGEST_DESCRIPTION = 2000;
const DURATION = /^[1-9][0-9]{0,3}[dwmy]$/;

/** The fields of every secret's file, for present and removed secrets. */
interface Identified {
  readonly group: string;
  readonly name: string;
  /** Counts values, from 1. */
  readonly version: number;
  /** Counts signed changes, from 1: what pins compare. */
  readonly revision: number;
  /** The member who signed. */
  readonly by: string;
  readonly signature: string;
}

/** A secret as its file describes it: metadata and ciphertext, never a value. */
export interface Entry extends Identified {
  readonly removed: false;
  readonly description?: string;
  /** Grants (grant.ts), sorted. */
  readonly allow: readonly string[];
  /** Days, weeks, months or years, such as `90d`. */
  readonly rotateEvery?: string;
  /** `YYYY-MM-DD` */
  readonly expires?: string;
  /** The epoch of the group's key that the value is sealed to. */
  readonly epoch: number;
  /** When the value was set, `YYYY-MM-DD`. */
  readonly rotated: string;
  /** Members who could read this value and have been removed since, sorted; the next value clears it. */
  readonly exposed?: readonly string[];
  /** A binary age file. */
  readonly ciphertext: Uint8Array;
}

/** The permanent record of a removal: without it, a removal would look like a theft of the file. */
export interface Tombstone extends Identified {
  readonly removed: true;
}

export type EntryRecord = Entry | Tombstone;
/** A record before it is signed. */
export type Draft = Omit<Entry, 'signature'> | Omit<Tombstone, 'signature'>;

export function entryFile(group: string, name: string): string {
  return `vault/${group}/${name}.yaml`;
}

export function encodeEntry(record: EntryRecord): string {
  const writer = new CanonicalWriter()
    .text('format', ENTRY_FORMAT)
    .text('name', record.name)
    .text('group', record.group);
  if (record.removed) {
    writer.integer('version', record.version).integer('revision', record.revision).text('by', record.by);
    return writer.flag('removed', true).text('signature', record.signature).finish();
  }
  writer.text('description', record.description).list('allow', record.allow);
  writer.text('rotateEvery', record.rotateEvery).text('expires', record.expires);
  writer.integer('version', record.version).integer('revision', record.revision).integer('epoch', record.epoch);
  writer.text('rotated', record.rotated);
  if (record.exposed !== undefined) writer.list('exposed', record.exposed);
  writer.text('by', record.by).block('value', encodeArmor(record.ciphertext));
  return writer.text('signature', record.signature).finish();
}

/** Decodes a record in canonical form, not yet verified. `file` is named in faults. Throws `vault/malformed`. */
export function decodeEntry(file: string, text: string): EntryRecord {
  const fields = new Fields(file, parseFields(file, text));
  if (fields.text('format') !== ENTRY_FORMAT) throw fields.fault('format', `is not "${ENTRY_FORMAT}"`);
  const identified: Identified = {
    name: fields.checked('name', (text) => isName('secret', text), 'is not a name that a secret can have'),
    group: fields.checked('group', isMemberOrGroupName, 'is not a name that a group can have'),
    version: fields.count('version'),
    revision: fields.count('revision'),
    by: fields.checked('by', isMemberOrGroupName, 'is not the name of a member'),
    signature: fields.checked('signature', isSignature, 'is not a signature'),
  };
  if (identified.revision < identified.version) throw fields.fault('revision', 'is below the version');
  const record: EntryRecord = fields.flag('removed')
    ? { ...identified, removed: true }
    : { ...identified, removed: false, ...readBody(fields) };
  fields.close();
  requireCanonical(file, text, encodeEntry(record));
  return record;
}

function readBody(fields: Fields): Omit<Entry, keyof Identified | 'removed'> {
  const allow = fields.set('allow');
  if (allow.some((grant) => parseGrant(grant) === null))
    throw fields.fault('allow', 'holds something that is not a grant');
  const ciphertext = decodeArmor(fields.block('value'));
  if (ciphertext === null) throw fields.fault('value', 'is not canonical age armor');
  return {
    ...optional('description', fields, isDescription, 'is empty or longer than 2000 characters'),
    allow,
    ...optional('rotateEvery', fields, isDuration, 'is not a duration such as 90d'),
    ...optional('expires', fields, isDate, 'is not a date (YYYY-MM-DD)'),
    epoch: fields.count('epoch'),
    rotated: fields.checked('rotated', isDate, 'is not a date (YYYY-MM-DD)'),
    ...readExposed(fields),
    ciphertext,
  };
}

function readExposed(fields: Fields): Pick<Entry, 'exposed'> {
  if (!fields.has('exposed')) return {};
  const exposed = fields.set('exposed');
  if (exposed.length === 0 || !exposed.every(isMemberOrGroupName))
    throw fields.fault('exposed', 'is not a list of names of members');
  return { exposed };
}

function optional<K extends string>(
  key: K,
  fields: Fields,
  isRight: (text: string) => boolean,
  otherwise: string,
): { readonly [key in K]?: string } {
  if (fields.optionalText(key) === undefined) return {};
  return { [key]: fields.checked(key, isRight, otherwise) } as { [key in K]: string };
}

function isMemberOrGroupName(text: string): boolean {
  return isName('slug', text);
}

export function isDescription(text: string): boolean {
  return text !== '' && text.length <= LONGEST_DESCRIPTION && text.isWellFormed();
}

export function isDuration(text: string): boolean {
  return DURATION.test(text);
}
