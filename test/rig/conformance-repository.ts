import { Repository } from './repository.ts';

const SAY = "steps: [{id: say, run: 'echo said'}]";
const ASK = "steps: [{id: ask, approve: always, run: 'echo approved'}]";

/** The tools that the conformance suite calls, as far as tools of ours can be them. */
const TOOLS: Readonly<Record<string, string>> = {
  test_simple_text: "steps: [{id: say, run: 'echo This is a simple text response for testing.'}]",
  test_tool_with_logging:
    "steps: [{id: a, run: 'echo Tool execution started'}, {id: b, run: 'echo Tool processing data'}, {id: c, run: 'echo Tool execution completed'}]",
  test_logging_tool: SAY,
  test_error_handling: "steps: [{id: fail, run: 'echo This tool intentionally returns an error; exit 1'}]",
  test_tool_with_progress: "steps: [{id: a, run: 'echo 0'}, {id: b, run: 'echo 50'}, {id: c, run: 'echo 100'}]",
  test_streaming_elicitation: ASK,
  test_input_required_result_elicitation: ASK,
  test_input_required_result_request_state: ASK,
  test_input_required_result_tampered_state: ASK,
  test_input_required_result_multi_round:
    "steps: [{id: first, approve: always, continueOnError: true, run: 'true'}, {id: then, approve: always, run: 'true'}]",
  greet: 'args: {name: {type: string}}\nsteps: [{id: say, run: \'echo "Hello, $INPUT_NAME!"\'}]',
  slow_compute:
    "detach: true\nargs: {seconds: {type: integer}, label: {type: string, default: x}}\nsteps: [{id: wait, run: 'sleep $INPUT_SECONDS; echo done'}]",
  failing_job: "detach: true\nsteps: [{id: fail, run: 'sleep 1; exit 1'}]",
  confirm_delete:
    "detach: true\nargs: {filename: {type: string, default: x}}\nsteps: [{id: delete, approve: always, run: 'echo deleted'}]",
  multi_input:
    "detach: true\nsteps: [{id: a, approve: always, run: 'true'}, {id: b, needs: [], approve: always, run: 'true'}]",
  // It changes the tools that the server has, while the suite listens.
  test_trigger_tool_change: `steps:
  - id: change
    run: |
      printf 'kind: tool\\nname: new-%s\\nsteps: [{id: say, run: "true"}]\\n' "$(date +%s%N)" > tools/changing.yaml`,
  test_trigger_prompt_change: `steps:
  - id: change
    run: |
      printf 'kind: agent\\nname: new-%s\\ndescription: new\\ninstructions: none\\ntools: [test_simple_text]\\n' "$(date +%s%N)" > agents/changing.yaml`,
};

export function conformanceRepository(): Repository {
  const tools = Object.entries(TOOLS).map(([name, steps]) => [
    `tools/${name}.yaml`,
    `kind: tool\nname: ${name}\ndescription: A tool of the suite.\n${steps}\n`,
  ]);
  const prompt =
    'kind: agent\nname: test_simple_prompt\ndescription: A prompt of the suite.\ninstructions: This is a simple prompt for testing.\ntools: [test_simple_text]\n';
  return new Repository({ ...Object.fromEntries(tools), 'agents/prompt.yaml': prompt });
}
