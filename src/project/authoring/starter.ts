/** The text of a new tool that runs as it is; comments show the other keys. @param schema its path from the file */
export function toolStarter(name: string, schema: string): string {
  return `# yaml-language-server: $schema=${schema}
kind: tool
name: ${name}
description: Say what it does, for people and for agents that choose among tools.
args:
  # One without a default has to be given: \`lockstep run ${name} --arg target=...\`. A script reads it as $INPUT_TARGET.
  target: {type: string, description: what to work on, default: nothing yet}
# Secrets are asked for here and granted in the vault; \`lockstep secret set API_TOKEN\` does both.
# secrets:
#   - API_TOKEN
steps:
  # A step follows the one above it; \`needs: [ID]\` makes a graph of them, \`uses: TOOL\` calls another tool.
  - id: work
    run: |
      echo "working on $INPUT_TARGET"
      echo "result=done" >> "$LOCKSTEP_OUTPUT"
  - id: report
    # Values reach a script as variables, never as text pasted into it.
    env: {RESULT: '\${{ steps.work.outputs.result }}'}
    run: echo "it is $RESULT"
outputs:
  result: \${{ steps.work.outputs.result }}
`;
}

/** The text of a new agent. @param tools names of existing tools; at least one */
export function agentStarter(name: string, schema: string, tools: readonly string[]): string {
  return `# yaml-language-server: $schema=${schema}
kind: agent
name: ${name}
description: Say what it is for.
instructions: |
  Say what it has to do, in which order, and when it has to stop and ask.
# Names, or patterns with * and ?. A person is asked before each call of one with \`approve: always\`.
tools:
${tools.map((tool) => `  - {name: ${tool}, approve: always}`).join('\n')}
# No tool gets another secret through this agent, whatever the vault grants it. A tool gets one that it asks for itself, or
# that the agent asks for on its behalf: {name: API_TOKEN, tools: [TOOL]}.
secrets: []
`;
}
