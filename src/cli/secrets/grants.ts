import type { SecretReport } from '../../project/secrets/secrets.ts';
import { requiredTexts } from '../syntax/flags.ts';

export const grantsFlag = requiredTexts('GRANT', 'tool:NAME, agent:NAME, exec, or * (anything)');

/** The grants of a secret after a change. */
export function grantsText({ name, group, allow }: SecretReport): string {
  return `${name} in ${group} is granted to ${allow.join(', ') || 'nobody'}\n`;
}
