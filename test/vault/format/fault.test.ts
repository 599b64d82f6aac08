import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import { AgeFault, translatingAgeFaults } from '../../../src/vault/age/age-file.ts';
import { unlessFaulty, VaultFault, vaultProblemOf } from '../../../src/vault/format/fault.ts';

const throwing = (error: Error) => () => {
  throw error;
};

test('a bug never passes for a fault of the vault', () => {
  const bug = new TypeError('a bug');
  expect(() => unlessFaulty(throwing(bug))).toThrow(bug);
  expect(() => vaultProblemOf(bug, 'vault/vault.yaml')).toThrow(bug);
  expect(() => translatingAgeFaults(throwing(bug), () => new Error('translated'))).toThrow(bug);
});

test('a fault of the vault is null, a finding with its place, or an error', () => {
  const fault = new VaultFault('vault/tampered', { file: 'vault/a.yaml', line: 3 }, 'is not what "alice" signed');
  expect(unlessFaulty(throwing(fault))).toBeNull();
  expect(unlessFaulty(() => 7)).toBe(7);
  expect(vaultProblemOf(fault, 'vault/b.yaml')).toMatchObject({
    file: 'vault/a.yaml',
    line: 3,
    code: 'vault/tampered',
  });
  const placeless = new LockstepError('group/unknown', 'there is no group', ['lockstep group list']);
  expect(vaultProblemOf(placeless, 'vault/b.yaml')).toEqual({
    file: 'vault/b.yaml',
    code: 'group/unknown',
    message: 'there is no group',
    hints: ['lockstep group list'],
  });
  const translated = () =>
    translatingAgeFaults(throwing(new AgeFault('malformed', 'cut')), ({ message }) => new Error(`is ${message}`));
  expect(translated).toThrow('is cut');
});
