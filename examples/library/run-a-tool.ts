/**
 * How another program, or a workflow engine, calls Lockstep for its steps:
 *   node examples/library/run-a-tool.ts REPOSITORY TOOL [NAME=VALUE ...]
 */
import { LockstepError, openProject } from 'lockstep';

const [directory = '.', tool = 'hello', ...pairs] = process.argv.slice(2);
const args = Object.fromEntries(pairs.map((pair) => pair.split('=', 2)));
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  const project = await openProject({ directory });
  const { ok, counts } = await project.check();
  console.log(`checked ${counts.tools} tools: ${ok ? 'sound' : `${counts.errors} errors`}`);

  const plan = await project.plan(tool, { args });
  for (const step of plan.steps)
    console.log(`plan: ${step.id} gets ${step.secrets.map(({ name }) => name).join(', ') || 'no secret'}`);

  await using run = project.run(tool, { args, signal: stop.signal });
  for await (const event of run) {
    if (event.type === 'output') process.stdout.write(`${event.step}: ${event.text}`);
    if (event.type === 'step-finished') console.log(`${event.step.id} ${event.step.status}`);
  }
  const result = await run.result();
  if (result.kind === 'refused')
    for (const { file, line, message } of result.problems) console.error(file, line, message);
  else console.log(JSON.stringify(result.outputs));
  process.exitCode = result.kind === 'finished' && result.status === 'succeeded' ? 0 : 1;
} catch (error) {
  if (!(error instanceof LockstepError)) throw error;
  console.error(error.message, error.hints);
  process.exitCode = 3;
}
