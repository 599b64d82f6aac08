import type { Access, SecretList } from '../generated/answers.ts';
import { type Answer, type Concerns, useAnswer } from '../state/answer.ts';
import { api } from '../state/api.ts';

/** What changes in a group, or in what asks for its secrets. */
export function concernsGroup(group: string): Concerns {
  return (event) =>
    event.type === 'state' ||
    event.type === 'reset' ||
    (event.type === 'secrets' && (event.data.group === undefined || event.data.group === group));
}

export function useSecretList(group: string | undefined): Answer<SecretList> {
  return useAnswer(group ?? null, () => api.listSecrets(group), concernsGroup(group ?? ''));
}

export function useAccess(group: string | undefined): Answer<Access> {
  return useAnswer(group ?? null, () => api.getAccess(group), concernsGroup(group ?? ''));
}
