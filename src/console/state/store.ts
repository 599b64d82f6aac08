import { computed, signal } from '@preact/signals';
import type { Group, Status } from '../generated/answers.ts';
import { api } from './api.ts';
import { onEvent } from './live.ts';
import { ApiError } from './request.ts';
import { token } from './session.ts';
import { soon } from './soon.ts';

/** What every page needs to know. */
export const status = signal<Status | undefined>(undefined);
export const groups = signal<readonly Group[]>([]);
/** Runs that need an answer, and runs under way. */
export const runCounts = signal({ waiting: 0, running: 0 });
/** Why the first read failed. */
export const failure = signal<ApiError | undefined>(undefined);

export const secretCount = computed(() => groups.value.reduce((sum, { secrets }) => sum + secrets, 0));

export function groupNamed(name: string): Group | undefined {
  return groups.value.find((one) => one.name === name);
}

/** Reads all of it now, and again as things happen. */
export function keepStore(): void {
  token.subscribe((given) => {
    if (given !== null) void readAll();
  });
  const all = soon(() => void readAll());
  const runs = soon(() => void readRuns());
  onEvent(({ type }) => (type === 'run' ? runs : all).ask());
}

export async function readAll(): Promise<void> {
  try {
    status.value = await api.getStatus();
    failure.value = undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failure.value = error;
    return;
  }
  await Promise.all([readGroups(), readRuns()]);
}

/** A repository without a vault has no groups, and the pages say what to do. */
export const hasVault = computed(() => status.value !== undefined && status.value.groups.length > 0);

/** An answer that fails keeps the former one. */
async function readGroups(): Promise<void> {
  const read = async () => (await api.listGroups()).groups;
  groups.value = hasVault.value ? await unlessRefused(read, groups.value) : [];
}

async function readRuns(): Promise<void> {
  const old = runCounts.value;
  const count = (of: keyof typeof old) =>
    unlessRefused(async () => (await api.listRuns({ status: of, limit: 1 })).total, old[of]);
  const [waiting, running] = await Promise.all([count('waiting'), count('running')]);
  runCounts.value = { waiting, running };
}

async function unlessRefused<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ApiError) return otherwise;
    throw error;
  }
}
