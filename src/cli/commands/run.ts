import { callOptions } from '../call-arguments.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { exitOf } from '../exit-code.ts';
import { openProject } from '../open.ts';
import {
  AWAIT_APPROVAL_FLAG,
  CALL_FLAGS,
  EXPLAIN_FLAG,
  IDENTITY_FLAG,
  JUNIT_FLAG,
  TIMEOUT_FLAG,
  timeLimitOf,
} from '../shared-flags.ts';
import { showPlan } from '../show-plan.ts';

export const run = defineCommand({
  name: 'run',
  summary: 'Run a tool with the secrets it was granted',
  description:
    'Everything is checked before anything starts. Secret values are masked in all output. Ctrl-C ends the run gently, twice at once.',
  examples: [
    { command: 'lockstep run hello --arg name=Ada', does: 'with an argument' },
    {
      command: 'lockstep run deploy --agent operator --group prod',
      does: "under an agent's ceiling, with the secrets of prod",
    },
    {
      command: 'echo \'{"name": "Ada"}\' | lockstep run hello --args-file -',
      does: 'with arguments that do not show in a process list',
    },
  ],
  args: [{ name: 'tool', required: true, description: 'the tool' }],
  flags: {
    ...CALL_FLAGS,
    identity: IDENTITY_FLAG,
    timeout: TIMEOUT_FLAG,
    'dry-run': { type: 'boolean', description: 'show the plan and start nothing; the same as `lockstep plan`' },
    'exit-code': {
      type: 'string',
      options: ['run', 'child'],
      default: 'run',
      value: 'WHOSE',
      description: "child: exit with the exit code of the tool's single step",
    },
    'await-approval': AWAIT_APPROVAL_FLAG,
    explain: EXPLAIN_FLAG,
    junit: JUNIT_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const options = await callOptions(context, flags);
    if (flags['dry-run']) return showPlan(context, project, args.tool, options, flags.json ? 'json' : 'text');
    const { executeTool } = await import('../execute-tool.ts');
    const limited = {
      ...options,
      awaitApproval: flags['await-approval'],
      ...timeLimitOf(flags, 'lockstep run TOOL'),
    };
    const outcome = await executeTool(context, project, args.tool, limited, flags);
    if (flags['exit-code'] === 'child' && outcome.steps.length === 1)
      return outcome.steps[0]?.exitCode ?? exitOf(outcome.status);
    return exitOf(outcome.status);
  },
});
