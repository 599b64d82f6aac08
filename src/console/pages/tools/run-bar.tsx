import { useRef } from 'preact/hooks';
import type { RunRequest } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/dialog.tsx';
import { ErrorNotice, ObstacleNotice } from '../../parts/notice.tsx';
import { api } from '../../state/api.ts';
import { obstacleTo } from '../../state/rights.ts';
import { navigate, pathTo } from '../../state/router.ts';
import type { PlanAnswer } from './use-plan.ts';

interface RunBarProps {
  readonly body: RunRequest;
  readonly answer: PlanAnswer;
  /** Faults of what is typed. */
  readonly faults: number;
}

/** Starts the run. A key of its own keeps a second click from starting a second one. */
export function RunBar({ body, answer, faults }: RunBarProps) {
  const { plan } = answer;
  const obstacle = obstacleTo('run');
  const request = JSON.stringify(body);
  const key = useRef({ request: '', key: '' });
  const { busy, error, run } = useAction(async () => {
    if (key.current.request !== request) key.current = { request, key: newKey() };
    const started = await api.startRun(body, key.current.key);
    key.current = { request: '', key: '' };
    navigate(pathTo('runs', started.run));
  });
  const missing = plan?.undecided.length ?? 0;
  const problems = plan?.problems.filter(({ severity }) => severity === 'error') ?? [];
  const wrong = new Set(problems.flatMap(({ argument }) => argument ?? [])).size + faults;
  const others = problems.filter(({ argument }) => argument === undefined).length;
  const isReady = plan !== undefined && answer.current && plan.ready && missing + faults === 0;
  const parts = [
    missing > 0 ? `${counted(missing, 'argument')} missing` : '',
    wrong > 0 ? `${counted(wrong, 'argument')} wrong` : '',
    others > 0 ? counted(others, 'problem') : '',
  ].filter((one) => one !== '');
  return (
    <div class="run-bar">
      <ErrorNotice error={error} />
      <ObstacleNotice obstacle={obstacle} />
      <div class="flex">
        <Button
          kind="primary"
          icon="run"
          obstacle={obstacle}
          busy={busy}
          disabled={!isReady}
          onClick={() => void run()}
        >
          {body.group === undefined ? 'Run' : `Run in ${body.group}`}
        </Button>
        <span class="sub" role="status">
          {parts.length > 0 && `Nothing starts yet: ${parts.join(', ')}.`}
        </span>
      </div>
    </div>
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
