import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Project } from '../../src/project/project.ts';
import type { RunOptions } from '../../src/project/runs/call-options.ts';
import type { RunOutcome } from '../../src/project/runs/run-handle.ts';
import { Secrets } from '../../src/project/secrets/secrets.ts';
import { initProject } from '../../src/project/vault/init-project.ts';
import type { EndReason, Event, StepReport } from '../../src/run/event.ts';
import { shareCode } from './shared-code.ts';

/** What a run came to, and everything it said. */
export interface Told {
  readonly outcome: RunOutcome;
  readonly events: readonly Event[];
  /** Masked, by step and stream: `told.output('build')`. */
  output(step: string, stream?: 'stdout' | 'stderr'): string;
  step(id: string): StepReport | undefined;
  /** `succeeded`, or `failed: exit-code`. */
  readonly ends: Readonly<Record<string, string>>;
}

export type Values = Readonly<Record<string, string | Uint8Array>>;

/** A throw-away repository with a vault and an identity, used in this process: no part of it is a stand-in. */
export class Workshop implements Disposable {
  readonly place = realpathSync(mkdtempSync(join(tmpdir(), 'workshop-')));
  readonly root = join(this.place, 'repository');
  readonly env: Record<string, string> = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: join(this.place, 'home'),
    LOCKSTEP_STATE_DIR: join(this.place, 'state'),
    LANG: 'C.UTF-8',
  };

  /** @param files by path; `tools/NAME.yaml` is written with its `kind` and `name`, `agents/NAME.yaml` likewise. */
  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const folder of [this.root, this.env.HOME ?? '']) mkdirSync(folder);
    shareCode(join(this.place, 'home/.cache'));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** With a vault whose values are granted to the tools that ask for them. */
  static async open(files: Readonly<Record<string, string>> = {}, values: Values = {}): Promise<Workshop> {
    const workshop = new Workshop(files);
    await initProject({ root: workshop.root, env: workshop.env });
    for (const [name, value] of Object.entries(values)) await workshop.set(name, value);
    return workshop;
  }

  write(path: string, text: string): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    const [, kind, name] = /^(tool|agent)s\/([\w-]+)\.yaml$/.exec(path) ?? [];
    const head = kind === undefined || text.startsWith('kind:') ? '' : `kind: ${kind}\nname: ${name}\n`;
    writeFileSync(full, head + text);
  }

  /** From here on the machine has these programs and no others. */
  keepPrograms(...names: readonly string[]): void {
    const folder = join(this.place, 'programs');
    mkdirSync(folder);
    for (const name of names)
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(folder, name));
    this.env.PATH = folder;
  }

  /** A project that has read nothing yet. */
  project(env: Readonly<Record<string, string>> = {}): Promise<Project> {
    return Project.open({ cwd: this.root, directory: this.root, env: { ...this.env, ...env } });
  }

  async set(name: string, value: string | Uint8Array, allow?: readonly string[]): Promise<void> {
    await new Secrets(await this.project()).set(name, Buffer.from(value), { ...(allow && { allow }) });
  }

  /** Runs to the end. `onEvent` is awaited, as any reader's work is. */
  async run(
    tool: string,
    options: RunOptions = {},
    onEvent: (event: Event) => void | Promise<void> = () => undefined,
  ): Promise<Told> {
    const run = (await this.project()).run(tool, options);
    const events: Event[] = [];
    for await (const event of run) {
      events.push(event);
      await onEvent(event);
    }
    return told(await run.result(), events);
  }

  /** A pipe at which a step waits: `read x < "$GATE"`. */
  gate(name = 'gate'): { readonly path: string; open(): Promise<void> } {
    const path = join(this.place, name);
    execFileSync('mkfifo', [path]);
    return { path, open: () => writeFile(path, 'go\n') };
  }

  /** What steps leave as a mark that they ran; the folder is outside the repository. */
  mark(name: string): string {
    return join(this.place, name);
  }

  marked(name: string): boolean {
    return existsSync(this.mark(name));
  }

  markText(name: string): string {
    return readFileSync(this.mark(name), 'utf8');
  }

  [Symbol.dispose](): void {
    rmSync(this.place, { recursive: true, force: true });
  }
}

function told(outcome: RunOutcome, events: readonly Event[]): Told {
  const steps: readonly StepReport[] = outcome.steps;
  return {
    outcome,
    events,
    output: (step, stream = 'stdout') =>
      events
        .map((event) => (event.type === 'output' && event.step === step && event.stream === stream ? event.text : ''))
        .join(''),
    step: (id) => steps.find((one) => one.id === id),
    ends: Object.fromEntries(steps.map(({ id, status, reason }) => [id, status + because(reason)])),
  };
}

function because(reason: EndReason | undefined): string {
  return reason === undefined ? '' : `: ${reason.why}`;
}
