import type { Command } from './command.ts';
import { agentList, agentShow } from './commands/agent.ts';
import { auditList } from './commands/audit-list.ts';
import { check } from './commands/check.ts';
import { convert } from './commands/convert.ts';
import { exec } from './commands/exec.ts';
import { fmt } from './commands/fmt.ts';
import { gitInstall, gitMergeDriver } from './commands/git.ts';
import { groupAdd, groupList, groupRekey, groupSet } from './commands/group.ts';
import { init } from './commands/init.ts';
import { memberAdd, memberList, memberRemove } from './commands/member.ts';
import { newCommand } from './commands/new.ts';
import { plan } from './commands/plan.ts';
import { run } from './commands/run.ts';
import { runsCancel, runsList, runsLogs, runsPrune, runsResume, runsRetry, runsShow } from './commands/runs.ts';
import { runsApprove } from './commands/runs-approve.ts';
import { scan } from './commands/scan.ts';
import { schema } from './commands/schema.ts';
import { secretDescribe } from './commands/secret-describe.ts';
import { secretEdit } from './commands/secret-edit.ts';
import { secretExport } from './commands/secret-export.ts';
import { secretGrant, secretRevoke } from './commands/secret-grant.ts';
import { secretHistory, secretRollback } from './commands/secret-history.ts';
import { secretImport } from './commands/secret-import.ts';
import { secretList, secretSearch } from './commands/secret-list.ts';
import { secretCopy, secretMove } from './commands/secret-move.ts';
import { secretRemove } from './commands/secret-remove.ts';
import { secretRepin } from './commands/secret-repin.ts';
import { secretReveal } from './commands/secret-reveal.ts';
import { secretRotate } from './commands/secret-rotate.ts';
import { secretSet } from './commands/secret-set.ts';
import { secretShow } from './commands/secret-show.ts';
import { toolList, toolShow } from './commands/tool.ts';
import { trust } from './commands/trust.ts';
import { vaultVerify } from './commands/vault-verify.ts';
import { version } from './commands/version.ts';
import { watch } from './commands/watch.ts';
import { whoami } from './commands/whoami.ts';

/** Every command, in the order of the tour: one row here, one file under commands/. */
export const COMMANDS: readonly Command[] = [
  init,
  check,
  plan,
  run,
  exec,
  watch,
  runsList,
  runsShow,
  runsLogs,
  runsResume,
  runsRetry,
  runsApprove,
  runsCancel,
  runsPrune,
  newCommand,
  convert,
  fmt,
  schema,
  secretSet,
  secretList,
  secretSearch,
  secretShow,
  secretEdit,
  secretRotate,
  secretDescribe,
  secretHistory,
  secretRollback,
  secretMove,
  secretCopy,
  secretGrant,
  secretRevoke,
  secretRepin,
  secretReveal,
  secretImport,
  secretExport,
  secretRemove,
  scan,
  toolList,
  toolShow,
  agentList,
  agentShow,
  whoami,
  memberAdd,
  memberList,
  memberRemove,
  groupAdd,
  groupList,
  groupSet,
  groupRekey,
  trust,
  vaultVerify,
  auditList,
  gitInstall,
  gitMergeDriver,
  version,
];

/** What the first word of two-word commands is about. */
export const TOPICS: Readonly<Record<string, string>> = {
  secret: 'the values that tools ask for',
  tool: 'what can be run',
  agent: 'sets of tools with instructions and a ceiling of secrets',
  member: 'who may read and change secrets',
  group: 'secrets that are kept apart by a key of their own, such as dev and prod',
  vault: 'the store of secrets as a whole',
  git: 'merges and diffs of the vault',
  runs: 'what has been run here, and running it again',
  audit: 'what was done with secrets on this machine',
};
