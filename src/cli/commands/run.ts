import { exitOf } from '../exit-code.ts';
import { QUEUE_FLAGS, queueOptions } from '../runs/queue-options.ts';
import { showPlan } from '../runs/show-plan.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { callOptions } from '../syntax/call-arguments.ts';
import { argument, choice, text, toggle } from '../syntax/flags.ts';
import {
  awaitApprovalFlag,
  CALL_FLAGS,
  engineFlag,
  explainFlag,
  identityFlag,
  jsonFlag,
  junitFlag,
  timeLimitOf,
  timeoutFlag,
} from '../syntax/shared-flags.ts';

export default class Run extends BaseCommand {
  static override summary = 'Run a tool with the secrets granted to it';
  static override description =
    'Everything is checked before anything starts. Secret values are masked in all output. Ctrl-C once ends the run and lets it clean up; twice ends it at once.';
  static override examples = [
    { command: 'lockstep run hello --arg name=Ada', description: 'with an argument' },
    {
      command: 'lockstep run deploy --agent operator --group prod',
      description: 'under the ceiling of an agent, with the secrets of prod',
    },
    {
      command: 'echo \'{"name": "Ada"}\' | lockstep run hello --args-file -',
      description: 'with arguments that no process list shows',
    },
    {
      command: 'lockstep run deploy --engine postgres --detach',
      description: 'on a worker; prints the name of the run and does not wait for it',
    },
  ];
  static override args = { tool: argument('the tool to run') };
  static override flags = {
    ...CALL_FLAGS,
    identity: identityFlag,
    engine: engineFlag,
    ...QUEUE_FLAGS,
    timeout: timeoutFlag,
    'idempotency-key': text(
      'KEY',
      'what steps get as $LOCKSTEP_IDEMPOTENCY_KEY, before their own name; default: the run',
    ),
    'dry-run': toggle('show the plan and start nothing; same as `lockstep plan`'),
    'exit-code': choice(
      ['run', 'child'],
      'child: exit with the exit code of the only step; default: run, the exit code of Lockstep',
    ),
    'await-approval': awaitApprovalFlag,
    explain: explainFlag,
    ci: choice(['github'], 'github: as a step of a GitHub Actions job: masks, annotations, a summary and outputs'),
    junit: junitFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Run);
    const project = await this.project(flags);
    const options = await callOptions(this.context, flags);
    if (flags['dry-run']) return showPlan(this.context, project, args.tool, options, flags.json ? 'json' : 'text');
    const execute =
      flags.ci === 'github'
        ? (await import('../runs/github-run.ts')).githubRun
        : (await import('../runs/execute-tool.ts')).executeTool;
    const key = flags['idempotency-key'];
    const limited = {
      ...options,
      ...(key !== undefined && { idempotencyKey: key }),
      ...queueOptions(flags, project.engineName, project.now()),
      awaitApproval: flags['await-approval'],
      ...timeLimitOf(flags, 'lockstep run TOOL'),
    };
    if (flags.detach) {
      const { detachRun } = await import('../runs/detach-run.ts');
      return detachRun(this.context, (face) => project.run(args.tool, { ...limited, ...face }), flags.json);
    }
    const outcome = await execute(this.context, project, args.tool, limited, flags);
    if (flags['exit-code'] === 'child' && outcome.steps.length === 1)
      return outcome.steps[0]?.exitCode ?? exitOf(outcome.status);
    return exitOf(outcome.status);
  }
}
