import { type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import type { Tool } from '../../model/tool.ts';
import type { Schedule, Webhook } from '../../model/trigger.ts';
import { valueFaults } from '../../values/argument-value.ts';
import { cronFault } from '../../values/cron.ts';
import type { Rule } from '../rule.ts';

/** A schedule has times and required arguments; a webhook's tool accepts the body, and the vault has its key. */
export const triggers: Rule = {
  name: 'triggers',
  skipsMisshapen: true,
  visitor: ({ secretNames }) => ({
    tool: (tool) => [
      ...tool.triggers.schedules.flatMap((schedule) => scheduleProblems(tool, schedule)),
      ...(tool.triggers.webhook === undefined ? [] : webhookProblems(tool, tool.triggers.webhook, secretNames)),
    ],
  }),
};

function scheduleProblems(tool: Tool, { cron, timezone, at, args }: Schedule): Problem[] {
  const fault = cronFault(cron, timezone);
  const missing = [...tool.args.values()].filter(({ name, required }) => required && !args.has(name));
  return [
    ...(fault === null
      ? []
      : [problem('schema/value', `"${cron}" ${fault}`, { at, hint: 'minute hour day month weekday: `0 6 * * 1-5`' })]),
    ...missing.map(({ name }) =>
      problem('args/missing', `the schedule gives no "${name}", which ${tool.name} needs`, {
        at,
        hint: `add \`args: {${name}: ...}\``,
      }),
    ),
    ...[...args].flatMap(([name, { value, at: place }]) => {
      const argument = tool.args.get(name);
      if (argument === undefined) {
        const hint = didYouMean(name, tool.args.keys()) ?? 'remove it';
        return [problem('args/unknown', `${tool.name} has no argument "${name}"`, { at: place, hint })];
      }
      return valueFaults(value, argument.schema).map((one) =>
        problem('args/invalid', `the argument "${name}" of ${tool.name} ${one}`, { at: place }),
      );
    }),
  ];
}

function webhookProblems(tool: Tool, { secret: { name, at } }: Webhook, known: ReadonlySet<string> | null): Problem[] {
  const others = [...tool.args.values()].filter((one) => one.required && one.name !== 'event');
  return [
    ...(tool.args.has('event')
      ? []
      : [
          problem(
            'args/missing',
            `the webhook gives the body as the argument "event", which ${tool.name} does not have`,
            {
              at,
              hint: 'add `args: {event: {type: object}}`',
            },
          ),
        ]),
    ...others.map((one) =>
      problem('args/missing', `the webhook gives no "${one.name}", which ${tool.name} needs`, {
        at,
        hint: 'give it a default, or `required: false`',
      }),
    ),
    ...(known === null || known.has(name)
      ? []
      : [
          // A run by hand needs no key.
          problem('secret/unknown', `the vault holds no secret "${name}"`, {
            at,
            severity: 'warning',
            hint: `\`lockstep secret set ${name} --allow trigger:${tool.name}\` stores it`,
          }),
        ]),
  ];
}
