/** Reads files as the systems do that they are for, and prints what is wrong with each: KIND=FILE ... */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { WorkflowTemplate } from '@kubernetes-models/argo-workflows/argoproj.io/v1alpha1/WorkflowTemplate';
import { Job } from 'kubernetes-models/batch/v1/Job';

// The parser of GitHub is made for bundlers, which take JSON without saying so.
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.json') ? next(url, { ...context, importAttributes: { type: 'json' } }) : next(url, context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');
const { parseAction } = await import('@actions/workflow-parser/actions/action-parser');

const trace = new NoOperationTraceWriter();

async function workflowErrors(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, trace);
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

function actionErrors(content: string): string[] {
  const { context } = parseAction({ name: 'action.yml', content }, trace);
  return context.errors.getErrors().map(({ message }) => message);
}

/** @param check throws what is wrong */
function thrown(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

const CHECKS: Readonly<Record<string, (content: string) => string[] | Promise<string[]>>> = {
  workflow: workflowErrors,
  action: actionErrors,
  // Manifests come as JSON.
  job: (content) => thrown(() => new Job(JSON.parse(content)).validate()),
  argo: (content) => thrown(() => new WorkflowTemplate(JSON.parse(content)).validate()),
};

const found = process.argv.slice(2).map(async (word) => {
  const [kind = '', file = ''] = word.split('=');
  return [word, await CHECKS[kind]?.(readFileSync(file, 'utf8'))];
});
console.log(JSON.stringify(Object.fromEntries(await Promise.all(found))));
