import { Secrets } from '../../project/secrets/secrets.ts';
import { Refusal } from '../access/refusal.ts';
import type { Call } from './operation.ts';

export const SECRET_PATH = '/secrets/{group}/{secret}';

/** What the path of a request names. @throws Refusal 403 for a group that the caller may not use */
export function addressed({ served, caller, params }: Call) {
  const { group = '', secret: name = '' } = params;
  caller.requireGroup(group);
  const { project } = served.live;
  return { group, name, project, secrets: new Secrets(project) };
}

/** Makes a change, and answers once the server has read it back. */
export async function changed<T>({ served, params }: Call, name: string, change: () => Promise<T>): Promise<T> {
  if (served.follower !== undefined) {
    const { branch, remote } = served.follower.following;
    throw new Refusal(409, 'server/read-only', `this server follows ${branch} of ${remote}`, [
      'make the change in a checkout of it, and push',
    ]);
  }
  const done = await change();
  await served.live.refresh();
  served.events.emit({ type: 'secrets', data: { ...(params.group !== undefined && { group: params.group }), name } });
  return done;
}

/** What changes for good, or shows a value, repeats the name. @throws Refusal 400 */
export function requireConfirmed(typed: string, name: string): void {
  if (typed !== name) throw new Refusal(400, 'request/confirmation', `the confirmation does not say "${name}"`);
}
