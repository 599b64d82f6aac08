import { type Problem, problem } from '../../../text/problem.ts';
import type { Service } from '../../model/container.ts';
import { placeOfKey } from '../../model/step-reference.ts';
import { imageOf, isRun, networkOf, type RunStep, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** A tool's services share a network with its steps (run/executors/containers/service-set.ts): they must not clash. */
export const services: Rule = {
  name: 'services',
  visitor: () => ({ tool: serviceProblems }),
};

function serviceProblems(tool: Tool): Problem[] {
  const all = tool.container?.services ?? [];
  if (all.length === 0) return [];
  return [
    ...all.flatMap((service, index) => serviceClashes(service, all.slice(0, index))),
    ...serviceStepProblems(tool, all),
  ];
}

function serviceClashes(service: Service, earlier: readonly Service[]): Problem[] {
  const sameName = earlier.find(({ name }) => name.toLowerCase() === service.name.toLowerCase());
  const samePort = earlier.flatMap((other) => other.ports.filter((port) => service.ports.includes(port)))[0];
  const owner = earlier.find(({ ports }) => samePort !== undefined && ports.includes(samePort));
  return [
    ...(sameName
      ? [serviceProblem(service, sameName, `two services have the name "${service.name}"`, 'rename one')]
      : []),
    ...(owner
      ? [
          serviceProblem(
            service,
            owner,
            `the services "${owner.name}" and "${service.name}" both listen on port ${samePort}`,
            'they share one network: let one of them listen on another port',
          ),
        ]
      : []),
  ];
}

function serviceProblem(service: Service, other: Service, message: string, hint: string): Problem {
  const related = [{ message: 'the other one is here', at: other.at }];
  return problem('run/services', message, { at: service.at, hint, related });
}

function serviceStepProblems(tool: Tool, [first]: readonly Service[]): Problem[] {
  const inContainer = tool.steps.filter(isRun).filter((step) => imageOf(tool, step) !== undefined);
  const [one, ...others] = inContainer;
  const say = (message: string, hint: string, at = first?.at) => [problem('run/services', message, { at, hint })];
  if (one === undefined)
    return say(
      `no step of ${tool.name} runs in a container, so none would reach its services`,
      'name an `image:`, or remove `services:`',
    );
  const other = others.find((step) => networkOf(tool, step) !== networkOf(tool, one));
  if (other === undefined) return [];
  return say(
    `the steps "${one.id}" and "${other.id}" share the services of ${tool.name}, and want different networks`,
    'say `network:` once, for the tool, or let another tool do what needs the other network',
    networkPlace(other),
  );
}

function networkPlace(step: RunStep) {
  return placeOfKey(step, 'network') ?? step.at;
}
