import { decodeUtf8 } from '../../text/utf8.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { Refusal } from '../access/refusal.ts';
import { type Operation, operation } from './operation.ts';
import { addressed, requireConfirmed, SECRET_PATH } from './secret-call.ts';

/** The one operation that shows a value. */
export const VIEW_OPERATIONS: readonly Operation[] = [
  operation<{ readonly name: string }>({
    id: 'viewSecret',
    method: 'post',
    path: `${SECRET_PATH}/view`,
    scope: 'view',
    summary: 'Show a value to a person, where the server was started with --allow-view; audited',
    body: 'Confirmation',
    answer: 'ViewedValue',
    async handle(call) {
      const { group, name, secrets } = addressed(call);
      if (!call.served.allowView)
        throw new Refusal(403, 'access/view', 'this server shows no values', [
          `lockstep secret reveal ${name} --group ${group}`,
        ]);
      requireConfirmed(call.body.name, name);
      const { version } = await secrets.show(name, group);
      return viewedValue(await secrets.reveal(name, group), { name, group, version });
    },
  }),
];

interface SecretVersion {
  readonly name: string;
  readonly group: string;
  readonly version: number;
}

/** The body of the one answer that holds a value. The opened value is wiped. */
interface ViewedValue extends SecretVersion {
  readonly value: string;
  readonly encoding: 'utf8' | 'base64';
}

function viewedValue(opened: SecretValue, secret: SecretVersion): ViewedValue {
  using value = opened;
  const bytes = value.reveal();
  const text = decodeUtf8(bytes);
  return text === undefined
    ? { ...secret, value: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
    : { ...secret, value: text, encoding: 'utf8' };
}
