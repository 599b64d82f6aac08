import { field, listItems, mapEntries, textField, toJson, type YamlNode } from '../../text/node.ts';
import type { SourceFile } from '../../text/source.ts';
import type { Schedule, Triggers, Webhook } from '../model/trigger.ts';
import { durationMs } from '../values/text-format.ts';

const WINDOW_MS = 5 * 60_000;

/** Parts that the schema has refused are left out. */
export function readTriggers(node: YamlNode | undefined, source: SourceFile): Triggers {
  const webhook = readWebhook(field(node, 'webhook'), source);
  const schedules = listItems(field(node, 'schedule')).flatMap((item) => readSchedule(item, source) ?? []);
  return { schedules, ...(webhook && { webhook }) };
}

function readSchedule(node: YamlNode, source: SourceFile): Schedule | undefined {
  const cron = field(node, 'cron');
  if (cron?.kind !== 'scalar') return undefined;
  return {
    cron: cron.text,
    at: { source, range: cron.range },
    timezone: textField(node, 'timezone') ?? 'UTC',
    args: new Map(
      mapEntries(field(node, 'args')).map(([name, { key, value }]) => [
        name,
        { value: toJson(value), at: { source, range: key.range } },
      ]),
    ),
    catchUp: textField(node, 'catchUp') === 'last' ? 'last' : 'none',
  };
}

function readWebhook(node: YamlNode | undefined, source: SourceFile): Webhook | undefined {
  const secret = field(node, 'secret');
  if (secret?.kind !== 'scalar') return undefined;
  return {
    secret: { name: secret.text, at: { source, range: secret.range } },
    form: textField(node, 'form') === 'github' ? 'github' : 'plain',
    windowMs: durationMs(textField(node, 'window') ?? '') ?? WINDOW_MS,
  };
}
