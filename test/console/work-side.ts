import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServedPage } from '../rig/served-page.ts';

const ROLL_OUT = `kind: tool
name: roll-out
description: Rolls a version out, and watches it.
args:
  version: {type: string, pattern: '^[0-9]+[.][0-9]+$', description: such as 4.2}
  region: {type: string, enum: [north, south], default: north, description: where to begin}
  replicas: {type: integer, minimum: 2, maximum: 9, default: 3}
  canary: {type: boolean, default: true, description: a tenth of the traffic first}
  hosts: {type: array, items: {type: string}, required: false, description: in this order}
  labels: {type: object, required: false}
  ticket: {type: string, sensitive: true, required: false, description: the key of the change}
  gate: {type: string, default: /, description: a file to wait for}
outputs: {rolled: '\${{ args.version }} of \${{ steps.build.outputs.digest }}'}
steps:
  - id: build
    outputs: [digest]
    run: |
      echo "replicas=$INPUT_REPLICAS hosts=$INPUT_HOSTS ticket=$INPUT_TICKET"
      echo digest=9f2c11 >> "$LOCKSTEP_OUTPUT"
  - id: watch
    needs: [build]
    secrets: [KUBE]
    outputs: [errors]
    run: |
      printf '\\033[1mreport\\033[0m\\n\\033[32m✓ north\\033[0m balanced\\n\\033[31m✕ south gap\\nof two\\033[0m\\n'
      echo "connected to $KUBE"
      until [ -e "$INPUT_GATE" ] || [ ! -d "\${INPUT_GATE%/*}/" ]; do sleep 0.05; done
      echo "errors=0.02" >> "$LOCKSTEP_OUTPUT"
      echo watched
  - {id: smoke, needs: [build], run: 'seq -f "GET /health %.0f" 1 2000'}
  - {id: promote, needs: [watch, smoke], approve: always, secrets: [KUBE], run: echo promoted}
  - {id: announce, needs: [promote], uses: post, with: {text: 'rolled \${{ args.version }}'}}
`;
const POST = `kind: tool
name: post
description: Posts a message.
args: {text: {type: string, description: what to say}}
secrets: [CHAT]
steps:
  - {id: send, run: 'echo "$INPUT_TEXT"'}
`;
const FRAIL = `kind: tool
name: frail
description: Fails at its second step.
steps:
  - {id: first, run: 'echo fine'}
  - {id: second, needs: [first], retry: {limit: 1, delay: 10ms}, run: 'echo trying; exit 3'}
  - {id: third, needs: [second], run: echo never}
`;
const WAITS = `kind: tool
name: waits
description: Waits for a file.
args: {gate: {type: string}}
steps:
  - {id: begin, run: 'echo begun'}
  - {id: wait, needs: [begin], run: 'echo at the gate; until [ -e "$INPUT_GATE" ] || [ ! -d "\${INPUT_GATE%/*}/" ]; do sleep 0.05; done; echo through'}
`;
const AGENT = `kind: agent
name: on-call
description: Answers pages.
instructions: |
  You are on call.
  Look first, change second.
tools: [{name: post}, {name: roll-out, approve: always}]
secrets: [CHAT]
`;

/** Tools with secrets: KUBE is granted to roll-out, and CHAT to nothing. */
export function serveWork(): Promise<ServedPage> {
  return ServedPage.start(
    {
      'tools/roll-out.yaml': ROLL_OUT,
      'tools/post.yaml': POST,
      'tools/frail.yaml': FRAIL,
      'tools/waits.yaml': WAITS,
      'agents/on-call.yaml': AGENT,
    },
    async (repository) => {
      await repository.must(['init', '--member', 'ada']);
      await repository.must(['secret', 'set', 'KUBE', '--allow', 'tool:roll-out'], 'the value of the cluster');
      await repository.must(['secret', 'set', 'CHAT', '--allow', 'exec'], 'the value of the chat');
    },
  );
}

/** A file that a step waits for, as long as its folder is there. */
export class Gate {
  readonly path: string;

  constructor({ repository }: ServedPage, name: string) {
    this.path = join(repository.place, name);
  }

  open(): void {
    writeFileSync(this.path, '');
  }

  close(): void {
    rmSync(this.path, { force: true });
  }
}
