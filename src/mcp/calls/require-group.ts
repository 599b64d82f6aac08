import { INVALID_REQUEST, ProtocolError } from '@modelcontextprotocol/server';
import type { LiveProject } from '../../project/serving/live-project.ts';
import { visibleName } from '../../text/visible.ts';
import type { Access, View } from '../access.ts';

/** @throws ProtocolError where the client may not use the group, whether it is named or the default */
export async function requireGroup({ project }: LiveProject, access: Access, { group }: View): Promise<void> {
  if (!access.isLimitedToGroups) return;
  const vault = await project.vault.open();
  if (vault === null) return;
  const chosen = project.vault.chooseGroup(vault, project.snapshot.config, group);
  if (access.mayUseGroup(chosen)) return;
  const who = `the token "${access.name}"`;
  throw new ProtocolError(INVALID_REQUEST, `${who} may not use the group "${visibleName(chosen)}"`);
}
