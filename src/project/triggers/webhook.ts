import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Tool } from '../../definition/model/tool.ts';
import type { Webhook } from '../../definition/model/trigger.ts';
import { LockstepError } from '../../errors.ts';
import { parseGrant } from '../../grant.ts';
import type { Project } from '../project.ts';

/** A request as it came. */
export interface HookRequest {
  readonly body: Uint8Array;
  /** Header fields by their names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why a request does not start the tool; one answer for all, which tells a stranger nothing. */
export type HookFault = 'unsigned' | 'old';

/** How long a repetition is refused where the signature covers no time. */
const REMEMBERED_MS = 24 * 60 * 60_000;

/**
 * Holds a request against the key of the tool's webhook. A request that fits is recorded in the audit log.
 * @returns an id that a repetition of the request has too, and for how long to remember it; or why it is refused
 * @throws LockstepError `secret/ungranted`, or what opening the secret throws
 */
export async function checkHook(
  project: Project,
  tool: Tool,
  group: string,
  request: HookRequest,
): Promise<{ readonly id: string; readonly rememberMs: number } | { readonly fault: HookFault }> {
  const { webhook } = tool.triggers;
  if (webhook === undefined) return { fault: 'unsigned' };
  const { signed, given, isOld } = signatureOf(webhook, request);
  if (given === undefined) return { fault: 'unsigned' };
  const key = await openKey(project, tool, webhook, group);
  if (!timingSafeEqual(given, key.sign(signed))) return { fault: 'unsigned' };
  if (isOld) return { fault: 'old' };
  key.recordUse();
  const rememberMs = webhook.form === 'github' ? REMEMBERED_MS : webhook.windowMs * 2;
  return { id: `${tool.name} ${given.toString('hex')}`, rememberMs };
}

interface Signature {
  readonly signed: Uint8Array;
  readonly given: Buffer | undefined;
  readonly isOld: boolean;
}

function signatureOf({ form, windowMs }: Webhook, { body, header, now }: HookRequest): Signature {
  const given = (name: string) => {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(header(name) ?? '') ?? [];
    return hex === undefined ? undefined : Buffer.from(hex, 'hex');
  };
  if (form === 'github') return { signed: body, given: given('x-hub-signature-256'), isOld: false };
  const time = /^\d{10}$/.exec(header('lockstep-timestamp') ?? '')?.[0];
  return {
    signed: Buffer.concat([Buffer.from(`${time}.`), body]),
    given: time === undefined ? undefined : given('lockstep-signature'),
    isOld: Math.abs(now - Number(time) * 1000) > windowMs,
  };
}

/** @throws LockstepError `secret/ungranted` where the vault does not grant it to `trigger:TOOL` */
async function openKey(project: Project, tool: Tool, { secret: { name } }: Webhook, group: string) {
  const vault = await project.vault.require();
  const entry = await vault.entry(group, name);
  const { pinned } = vault.requireGroup(group);
  const digest = project.digest(tool);
  const isGranted = entry?.allow.some((text) => {
    const grant = parseGrant(text);
    if (grant?.to !== 'trigger' || grant.name !== tool.name) return false;
    return grant.digest === undefined ? !pinned : grant.digest === digest;
  });
  if (entry === null || entry === undefined || isGranted !== true)
    throw new LockstepError('secret/ungranted', `${name} of ${group} is not granted to trigger:${tool.name}`, [
      `lockstep secret grant ${name} --to trigger:${tool.name} --group ${group}${pinned ? ' --pin' : ''}`,
    ]);
  const { identity } = await project.vault.identity();
  const value = await vault.unseal(entry, identity);
  const member = vault.memberOf(identity);
  return {
    sign(signed: Uint8Array): Buffer {
      try {
        return createHmac('sha256', value.reveal()).update(signed).digest();
      } finally {
        value.dispose();
      }
    },
    recordUse() {
      const secrets = [{ name, version: entry.version }];
      const detail = `trigger:${tool.name}`;
      project.vault.audit(vault).append({ action: 'use', ...(member && { member }), group, secrets, detail });
    },
  };
}
