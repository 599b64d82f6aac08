import { useEffect, useState } from 'preact/hooks';
import type { AgentList, RunList, SecretList, ToolList } from '../generated/answers.ts';
import type { IconName } from '../parts/icon.tsx';
import { withWords } from '../parts/word-filter.ts';
import { api } from '../state/api.ts';
import { ApiError } from '../state/request.ts';
import { navigate, pathTo } from '../state/router.ts';
import { groups, status } from '../state/store.ts';
import { nextTheme } from '../state/theme.ts';
import { type Choice, PaletteDialog } from './palette-dialog.tsx';
import { keysOpen, paletteOpen } from './palette-state.ts';
import { PLACES } from './places.ts';

const MOST = 50;

/** One field over everything: pages, secrets, tools, agents, commands. */
export function Palette() {
  return paletteOpen.value ? <OpenPalette /> : null;
}

function OpenPalette() {
  const [named, setNamed] = useState<readonly Choice[]>([]);
  const [text, setText] = useState('');
  useEffect(() => {
    void everything().then(setNamed);
  }, []);
  const shown = withWords([...fixedChoices(), ...named], text, ({ words, note }) => `${words} ${note}`);
  const close = () => {
    paletteOpen.value = false;
  };
  return (
    <PaletteDialog
      text={text}
      onText={setText}
      choices={shown.slice(0, MOST)}
      more={shown.length - MOST}
      onClose={close}
    />
  );
}

function fixedChoices(): readonly Choice[] {
  const page = groups.value[0]?.name;
  const writes = status.value?.token.scopes.includes('write') === true && page !== undefined;
  return [
    ...PLACES.map(({ name, path, icon, keys }) => ({
      key: path,
      icon,
      words: name,
      note: keys,
      act: () => navigate(path),
    })),
    ...(writes
      ? [
          doing('add', 'plus', 'Add secret', () =>
            navigate(`${pathTo('secrets', status.value?.group ?? page ?? '')}?add=1`),
          ),
        ]
      : []),
    doing('theme', 'theme', 'Change the theme', nextTheme),
    doing('keys', 'info', 'Show the keys', () => {
      keysOpen.value = true;
    }),
  ];
}

function doing(key: string, icon: IconName, words: string, act: () => void): Choice {
  return { key, icon, words, note: 'do', act };
}

/** Lists that cannot be read are left out: the pages say why. */
async function everything(): Promise<readonly Choice[]> {
  const none = { secrets: [], tools: [], agents: [], runs: [] };
  const quietly = async <T,>(read: Promise<T>): Promise<T | typeof none> =>
    read.catch((error: unknown) => {
      if (error instanceof ApiError) return none;
      throw error;
    });
  const lists = groups.value.map(({ name }) => quietly<SecretList | typeof none>(api.listSecrets(name)));
  const [secrets, tools, agents, runs] = await Promise.all([
    Promise.all(lists),
    quietly<ToolList | typeof none>(api.listTools()),
    quietly<AgentList | typeof none>(api.listAgents()),
    quietly<RunList | typeof none>(api.listRuns()),
  ]);
  return [
    ...secrets.flatMap((list) =>
      list.secrets.map(({ name, group }) => link('key', name, group, pathTo('secrets', group, name))),
    ),
    ...tools.tools.map(({ name, description }) => link('tool', name, description || 'tool', pathTo('tools', name))),
    ...agents.agents.map(({ name, description }) =>
      link('agent', name, description || 'agent', pathTo('agents', name)),
    ),
    ...runs.runs.map(({ run, tool, status: how }) => link('run', `${tool} ${how}`, run, pathTo('runs', run))),
  ];
}

function link(icon: IconName, words: string, note: string, path: string): Choice {
  return { key: path, icon, words, note, act: () => navigate(path) };
}
