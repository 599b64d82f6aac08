import { resolve } from 'node:path';
import type { Project } from '../../project/project.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { text, toggle } from '../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Trust extends BaseCommand {
  static override summary = "Show a vault's fingerprint, and accept it on this machine";
  static override description =
    'As ssh does for hosts: compare the fingerprint with one that a member tells you in another way, then accept it. CI sets LOCKSTEP_TRUST instead.';
  static override examples = [
    { command: 'lockstep trust', description: 'show the fingerprint and ask' },
    { command: 'lockstep trust --root /srv/checkout', description: "use another user's repository" },
    { command: 'lockstep trust --yes', description: 'accept without asking, for set-up scripts' },
    {
      command: 'lockstep trust --branch',
      description: 'accept the older or different vault of the current branch',
    },
    { command: 'lockstep trust --secret GITHUB_PAT', description: 'drop your own change of one secret' },
  ];
  static override flags = {
    yes: toggle('accept without asking'),
    root: text('DIR', 'use the repository at DIR although another user owns it, or everybody may write there'),
    sandbox: toggle('accept what lockstep.yaml shows in sandboxes: paths, sockets and ports'),
    'machine-files': toggle('accept the files of this machine that lockstep.yaml hands to containers'),
    secret: text('SECRET', 'accept this secret as the checkout has it, although another state was seen here'),
    group: groupFlag,
    branch: toggle("accept this branch's vault although a newer one was seen here"),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(Trust);
    if (flags.root !== undefined) return this.#trustRoot(flags.root, flags);
    const project = await this.project(flags);
    if (flags.secret !== undefined) return this.#trustSecret(project, flags.secret, flags);
    if (flags.sandbox) return this.#trustSandbox(project, flags);
    if (flags['machine-files']) return this.#trustMachineFiles(project, flags);
    const vault = await project.vault.require();
    const out = flags.json ? this.context.stderr : this.context.stdout;
    say(out, `vault ${vault.id}\nfingerprint ${vault.fingerprint}\nLOCKSTEP_TRUST=${vault.rootHash}\n`);
    if (!flags.branch && vault.trusted) say(out, 'this machine trusts it\n');
    else {
      if (!flags.yes) await this.#ask(flags.branch);
      await (flags.branch ? vault.acceptBranch() : vault.acceptTrust());
      say(out, 'accepted\n');
    }
    const { id, fingerprint, rootHash: root } = vault;
    if (flags.json) await this.print(flags, { vault: id, fingerprint, root, trusted: true }, '');
    return EXIT.ok;
  }

  /** Runs before the repository is opened, because an untrusted repository is not read. */
  async #trustRoot(named: string, flags: { readonly yes: boolean; readonly json: boolean }): Promise<number> {
    const { trustRoot } = await import('../../project/repository/trusted-root.ts');
    const folder = resolve(this.context.cwd, named);
    if (!flags.yes)
      await confirm(
        this.context,
        `Use the repository at ${folder} on this machine, although another user may own it?`,
        {
          message: 'not accepted',
          otherwise: `lockstep trust --root '${folder}' --yes`,
          next: `lockstep trust --root '${folder}'`,
        },
      );
    const root = await trustRoot(folder, this.context.env);
    await this.print(flags, { root, trusted: true }, `accepted ${root}\n`);
    return EXIT.ok;
  }

  /** Anyone who can push can write that list, so this machine's user has to accept exactly this list. */
  async #trustSandbox(project: Project, flags: { readonly yes: boolean; readonly json: boolean }): Promise<number> {
    const { trustSandbox } = await import('../../project/runs/sandbox-list.ts');
    const list = project.snapshot.config.sandbox;
    const out = flags.json ? this.context.stderr : this.context.stdout;
    for (const path of list.bind) say(out, `sandboxed steps see ${JSON.stringify(path)}\n`);
    for (const port of list.ports) say(out, `sandboxed steps reach port ${port} of 127.0.0.1\n`);
    if (!flags.yes) await this.#askForList('lockstep trust --sandbox');
    await trustSandbox(project.root, list, this.context.env);
    await this.print(flags, { sandbox: list, trusted: true }, 'accepted\n');
    return EXIT.ok;
  }

  /** The user has to accept this list for the same reason: a pushed list could name any file. */
  async #trustMachineFiles(
    project: Project,
    flags: { readonly yes: boolean; readonly json: boolean },
  ): Promise<number> {
    const { handedFiles, trustMachineFiles } = await import('../../project/runs/machine-files.ts');
    const { config } = project.snapshot;
    const files = [...handedFiles(config)].map(([path, { file, tools }]) => ({ path, file, tools }));
    const out = flags.json ? this.context.stderr : this.context.stdout;
    if (files.length === 0) say(out, 'lockstep.yaml hands out no files of this machine\n');
    for (const { path, file, tools } of files)
      say(out, `the containers of ${tools.join(', ')} get ${JSON.stringify(file)} for ${JSON.stringify(path)}\n`);
    if (!flags.yes) await this.#askForList('lockstep trust --machine-files');
    await trustMachineFiles(project.root, config, this.context.env);
    await this.print(flags, { machineFiles: files, trusted: true }, 'accepted\n');
    return EXIT.ok;
  }

  async #askForList(command: string): Promise<void> {
    await confirm(this.context, 'Accept this list on this machine?', {
      message: 'not accepted',
      otherwise: `${command} --yes`,
      next: command,
    });
  }

  /** Does not ask: a user who names a secret has already decided. */
  async #trustSecret(
    project: Project,
    name: string,
    flags: { readonly group: string | undefined; readonly json: boolean },
  ): Promise<number> {
    const { Secrets } = await import('../../project/secrets/secrets.ts');
    const accepted = await new Secrets(project).accept(name, flags.group);
    const { group, revision } = accepted;
    const state = revision === null ? 'without a file' : `at revision ${revision}`;
    await this.print(flags, accepted, `accepted ${name} in ${group} ${state}\n`);
    return EXIT.ok;
  }

  async #ask(branch: boolean): Promise<void> {
    const question = branch
      ? "Accept this branch's vault?"
      : 'Is this the fingerprint that a member gave you? Accept it?';
    await confirm(this.context, question, {
      message: 'not accepted',
      otherwise: `lockstep trust ${branch ? '--branch ' : ''}--yes`,
      next: 'lockstep trust',
    });
  }
}
