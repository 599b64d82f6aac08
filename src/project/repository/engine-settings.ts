import { field, mapEntries, textField, type YamlNode } from '../../text/node.ts';

/** `engine:` of lockstep.yaml. */
export interface EngineSettings {
  readonly type: EngineName;
  /** The variable that holds the URL of the database. */
  readonly urlVariable: string;
  readonly queues: ReadonlyMap<string, QueueSettings>;
}

export type EngineName = 'local' | 'postgres';

export interface QueueSettings {
  readonly concurrency?: number;
  readonly rate?: RateSettings;
  readonly perKey?: { readonly concurrency?: number; readonly rate?: RateSettings };
}

interface RateSettings {
  readonly limit: number;
  readonly everySeconds: number;
}

/** With its defaults filled in. */
export function engineSettings(node: YamlNode | undefined): EngineSettings {
  const queues = mapEntries(field(node, 'queues')).map(
    ([name, { value }]) => [name, { ...limitsOf(value), ...perKeyOf(field(value, 'perKey')) }] as const,
  );
  return {
    type: textField(node, 'type') === 'postgres' ? 'postgres' : 'local',
    urlVariable: textField(field(node, 'url'), 'env') ?? 'LOCKSTEP_DATABASE_URL',
    queues: new Map(queues),
  };
}

function perKeyOf(node: YamlNode | undefined): Pick<QueueSettings, 'perKey'> {
  return node === undefined ? {} : { perKey: limitsOf(node) };
}

function limitsOf(node: YamlNode | undefined): Pick<QueueSettings, 'concurrency' | 'rate'> {
  const concurrency = textField(node, 'concurrency');
  const rate = field(node, 'rate');
  return {
    ...(concurrency !== undefined && { concurrency: Number(concurrency) }),
    ...(rate && {
      rate: { limit: Number(textField(rate, 'limit')), everySeconds: Number(textField(rate, 'seconds')) },
    }),
  };
}
