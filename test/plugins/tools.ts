import { openProject, type Project } from '../../src/index.ts';
import { Repository } from '../rig/repository.ts';

export const TOKEN = 'a-token-that-nobody-may-see';

/** Tools for every way in which a step of an engine can end. Each line that one writes to `log` is one attempt. */
const TOOLS = `
kind: tool
name: show
args: {times: {type: integer, default: 1}}
secrets: [TOKEN]
outputs: {said: '\${{ steps.say.outputs.said }}', key: '\${{ steps.say.outputs.key }}'}
steps:
  - {id: begin, run: 'true'}
  - id: say
    needs: [begin]
    shell: sh
    run: |
      echo "token $TOKEN"
      printf 'said=%s\\nkey=%s\\n' "$TOKEN" "$LOCKSTEP_IDEMPOTENCY_KEY" >> "$LOCKSTEP_OUTPUT"
---
kind: tool
name: once-broken
outputs: {key: '\${{ steps.try.outputs.key }}'}
steps:
  - id: try
    shell: sh
    run: |
      echo "$LOCKSTEP_IDEMPOTENCY_KEY" >> log
      echo "key=$LOCKSTEP_IDEMPOTENCY_KEY" >> "$LOCKSTEP_OUTPUT"
      [ "$(wc -l < log)" -gt 1 ] || exit 7
---
kind: tool
name: broken
secrets: [TOKEN]
steps: [{id: try, shell: sh, run: 'echo try >> log; echo "$TOKEN"; exit 7'}]
---
kind: tool
name: stay
steps:
  - {id: stay, shell: sh, run: 'echo $$ >> log; exec sleep 600'}
---
kind: tool
name: approved
steps: [{id: wipe, approve: always, run: 'echo wiped >> log'}]
`;

/** What the workflows of the examples call. */
export const RELEASE_TOOLS = `
kind: tool
name: build
args: {version: {type: string}}
outputs: {image: 'app:\${{ args.version }}'}
steps: [{id: make, shell: sh, run: 'echo "built $INPUT_VERSION" >> log'}]
---
kind: tool
name: deploy
args: {image: {type: string}}
outputs: {url: 'https://\${{ args.image }}.example'}
steps: [{id: push, run: 'true'}]
`;

export async function repositoryOfTools(): Promise<Repository> {
  const repository = new Repository({ 'tools/tools.yaml': TOOLS });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], TOKEN);
  return repository;
}

export function opened(repository: Repository): Promise<Project> {
  return openProject({ directory: repository.root, env: repository.env });
}
