import { resolve } from 'node:path';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const gitInstall = defineCommand({
  name: 'git install',
  summary: 'Let Git ask Lockstep where a merge touches the vault, in this clone',
  description:
    'Changes of different secrets merge by themselves. Where two branches changed one signed file, Git would mix its lines; the driver names both sides instead and leaves yours whole.',
  examples: [
    { command: 'lockstep git install', does: 'once in each clone' },
    { command: 'lockstep git install --hooks', does: 'and let every commit be checked and scanned first' },
  ],
  flags: {
    hooks: { type: 'boolean', description: 'also make a pre-commit hook that runs check and scan' },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { installInGit } = await import('../../project/git-install.ts');
    const report = await installInGit(project.root, context.env);
    const { HOOK_LINE, installHook } = await import('../../project/git-hook.ts');
    const hook = flags.hooks ? await installHook(project.root, context.env) : undefined;
    if (flags.json) (await import('../render/json.ts')).printJson(context, { ...report, ...(hook && { hook }) });
    else {
      for (const line of report.attributes) context.stdout.write(`vault/.gitattributes: added ${line}\n`);
      context.stdout.write(`Git now merges vault files by: ${report.driver}\n`);
      if (hook !== undefined && hook.state !== 'foreign')
        context.stdout.write(`before each commit: ${HOOK_LINE} (${hook.path}, ${hook.state})\n`);
    }
    if (hook?.state !== 'foreign') return EXIT.ok;
    context.stderr.write(
      `${hook.path} is a hook of your own and was left as it is\n  next: add the line: ${HOOK_LINE}\n`,
    );
    return EXIT.failed;
  },
});

export const gitMergeDriver = defineCommand({
  name: 'git merge-driver',
  summary: 'What Git calls for a vault file that both sides changed',
  description: 'Set up by `lockstep git install`. Needs no key. Exits with 1 where a person has to choose.',
  examples: [{ command: 'lockstep git merge-driver %O %A %B %P', does: 'as Git calls it' }],
  args: [
    { name: 'base', required: true, description: 'the common ancestor' },
    { name: 'ours', required: true, description: 'our side; the result is written here' },
    { name: 'theirs', required: true, description: 'their side' },
    { name: 'path', required: true, description: 'the file they are versions of' },
  ],
  async run(context, { args }) {
    const { mergeInPlace } = await import('../../project/git-install.ts');
    const at = (path: string) => resolve(context.cwd, path);
    const conflict = mergeInPlace({
      base: at(args.base),
      ours: at(args.ours),
      theirs: at(args.theirs),
      path: args.path,
    });
    if (conflict === null) return EXIT.ok;
    context.stderr.write(
      `${args.path}: ${conflict}\n  your side stands in the file; theirs: git checkout --theirs -- '${args.path}'\n  then: git add '${args.path}', and make the other side's change again\n`,
    );
    return EXIT.failed;
  },
});
