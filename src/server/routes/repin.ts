import { Repin } from '../../project/secrets/repin.ts';
import { Refusal } from '../access/refusal.ts';
import { type Call, type Operation, operation } from './operation.ts';
import { addressed, changed } from './secret-call.ts';

/** Grants by digest that no longer count. */
export const REPIN_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'previewRepin',
    method: 'get',
    path: '/groups/{group}/repin/{tool}',
    scope: 'read',
    summary: 'How a tool, or `agent:NAME`, has changed since its grants by digest',
    answer: 'RepinPreview',
    async handle(call) {
      const { group, project, tool } = repinned(call);
      return new Repin(project, project.vault.env).preview(tool, group);
    },
  }),
  operation<{ readonly digest: string }>({
    id: 'applyRepin',
    method: 'post',
    path: '/groups/{group}/repin/{tool}',
    scope: 'write',
    summary: 'Bring the grants by digest to the tool as it was previewed',
    body: 'RepinRequest',
    answer: 'RepinPreview',
    async handle(call) {
      const { group, project, tool } = repinned(call);
      const repin = new Repin(project, project.vault.env);
      const preview = await repin.preview(tool, group);
      if (preview.digest !== call.body.digest)
        throw new Refusal(409, 'change/conflict', `${preview.tool} has changed since the preview`, ['look again']);
      return changed(call, preview.secrets[0] ?? '', async () => {
        await repin.apply(preview);
        return preview;
      });
    },
  }),
];

/** @throws Refusal 403 for a group or a tool that the caller may not use */
function repinned(call: Call<unknown>) {
  const { tool = '' } = call.params;
  if (!tool.startsWith('agent:')) call.caller.requireTool(tool);
  return { ...addressed(call), tool };
}
