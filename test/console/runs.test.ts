import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessFaults, picture } from '../rig/browser.ts';
import { RunningProgram } from '../rig/running-program.ts';
import { inBrowser } from './in-browser.ts';
import { lookAt } from './looks.ts';
import { PICTURES } from './vault-side.ts';
import { Gate, serveWork } from './work-side.ts';

const { browser, open, served } = inBrowser(async () => {
  const work = await serveWork();
  await work.call('POST', '/secrets/default/CHAT/grant', { grants: ['tool:post'] });
  return work;
});
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const stands = (page: Page, words: string) => page.locator('.stands', { hasText: words }).waitFor();
const step = (page: Page, name: RegExp) => page.getByRole('table', { name: 'Steps' }).getByRole('link', { name });
const log = (page: Page) => page.locator('.log');

async function start(tool: string, args: object = {}): Promise<string> {
  return (await served().call<{ run: string }>('POST', '/runs', { tool, args })).run;
}

interface Details {
  readonly status: string;
  readonly answers: readonly object[];
  readonly steps: readonly { readonly id: string; readonly status: string }[];
}
const details = (run: string) => served().call<Details>('GET', `/runs/${run}`);
const ended = (run: string, status: string) => expect.poll(async () => (await details(run)).status).toBe(status);

test('a run is shown as it goes: states, colours, hidden values, the question, its end', async () => {
  const gate = new Gate(served(), 'live');
  const run = await start('roll-out', { version: '4.2', gate: gate.path });
  const page = await open(`/runs/${run}`);
  await stands(page, 'running');
  await step(page, /watch running/).waitFor();
  await step(page, /smoke succeeded/).waitFor();
  await step(page, /promote not started/).waitFor();
  await step(page, /watch/).click();
  await log(page).getByText('connected to').waitFor();
  const line = (text: string) => log(page).locator('.line', { hasText: text });
  expect(await line('report').locator('.a-bold').textContent()).toBe('report');
  expect(await line('balanced').locator('.ok').textContent()).toBe('✓ north');
  expect(await line('of two').locator('.bad').textContent(), 'a colour lasts over lines').toBe('of two');
  expect(await line('connected').locator('.masked').textContent()).toBe('***');
  await lookAt(page, 'run-running');
  gate.open();
  await stands(page, 'waits for approval');
  await log(page).getByText('watched').waitFor();
  const banner = page.getByRole('region', { name: 'promote asks for approval' });
  await banner.getByText('it gets KUBE', { exact: false }).waitFor();
  await banner.getByText('version 1').waitFor();
  await banner.getByText('0.02').waitFor();
  await page.getByRole('navigation').getByText('1 waiting').waitFor();
  await lookAt(page, 'run-waiting');
  await button(page, 'Approve').click();
  await stands(page, 'succeeded');
  expect(await banner.count()).toBe(0);
  await page.getByRole('region', { name: 'Approvals' }).getByText('token serve approved promote').waitFor();
  await page.getByRole('region', { name: 'Outputs' }).getByText('4.2 of 9f2c11').waitFor();
  await step(page, /send succeeded/).click();
  await log(page).getByText('rolled 4.2').waitFor();
  await page.locator('.node', { hasText: 'promote' }).click();
  await log(page).getByText('approved by token serve').waitFor();
  expect(await page.locator('.pulse').count()).toBe(0);
});

test('a question says when it was approved last, and whether the tool has changed since', async () => {
  const file = 'tools/asks.yaml';
  const asks = (script: string) =>
    served().repository.write(file, `kind: tool\nname: asks\nsteps: [{id: go, approve: always, run: '${script}'}]\n`);
  asks('echo one');
  const question = async () => {
    const run = await start('asks');
    await ended(run, 'waiting');
    const page = await open(`/runs/${run}`);
    return { run, page, banner: page.getByRole('region', { name: 'go asks for approval' }) };
  };
  const first = await question();
  await first.banner.getByText('never, in the runs that are kept').waitFor();
  await button(first.page, 'Approve').click();
  await ended(first.run, 'succeeded');
  const second = await question();
  await second.banner.getByText('by token serve').waitFor();
  await second.banner.getByText('the tool has not changed since').waitFor();
  asks('echo two');
  const third = await question();
  await third.banner.getByText('the tool has changed since').waitFor();
  expect(await accessFaults(third.page)).toEqual([]);
  for (const { run } of [second, third]) await served().call('POST', `/runs/${run}/cancel`, {});
});

test('deny asks for a reason; a retry from a step keeps what was finished', async () => {
  const run = await start('roll-out', { version: '4.3' });
  const page = await open(`/runs/${run}`);
  await button(page, 'Deny…').click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: 'Deny' }).getAttribute('aria-disabled')).toBe('true');
  await dialog.getByLabel('Reason').fill('not on a Friday');
  await dialog.getByRole('button', { name: 'Deny' }).click();
  await stands(page, 'failed');
  await step(page, /promote failed/).waitFor();
  await step(page, /announce skipped/).waitFor();
  await page.getByRole('region', { name: 'Approvals' }).getByText('not on a Friday').waitFor();
  expect(await details(run)).toMatchObject({ answers: [{ approved: false, reason: 'not on a Friday' }] });
  await picture(page, PICTURES, 'run-denied');
  await button(page, 'Retry…').click();
  await dialog.getByLabel('Begin with').selectOption('smoke');
  expect(await accessFaults(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(run));
  await page.getByRole('row', { name: /build succeeded kept/ }).waitFor();
  await page.getByText(`from smoke`, { exact: false }).waitFor();
  await button(page, 'Approve').press('Enter');
  await stands(page, 'succeeded');
  expect(new URL(page.url()).pathname).not.toContain(run);
});

test('a run is cancelled after a question', async () => {
  const gate = new Gate(served(), 'never');
  const run = await start('waits', { gate: gate.path });
  const page = await open(`/runs/${run}`);
  await step(page, /wait running/).waitFor();
  await button(page, 'Cancel run').click();
  await page.getByRole('dialog').getByText('under way: wait').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel run' }).click();
  await stands(page, 'cancelled');
  await step(page, /wait cancelled/).waitFor();
});

test('a failure shows its attempts and its last lines first', async () => {
  const run = await start('frail');
  await ended(run, 'failed');
  const page = await open(`/runs/${run}`);
  await log(page).getByText('exit code 3; attempt 2', { exact: false }).waitFor();
  expect(await page.getByRole('row', { name: /second failed/ }).textContent()).toContain('attempt 2');
  expect(await page.locator('.steps .b-failed').count()).toBe(2);
  await page.getByRole('radio', { name: 'About' }).click();
  await page.getByText('failed: exit code 3').waitFor();
  await lookAt(page, 'run-failed');
});

test('a long log keeps only its visible lines on the page, is searched, and follows until one scrolls up', async () => {
  const run = await start('roll-out', { version: '4.4' });
  const page = await open(`/runs/${run}?step=smoke`);
  await log(page).getByText('GET /health 1', { exact: true }).waitFor();
  expect(await page.locator('.line').count()).toBeLessThan(200);
  await page.keyboard.press('/');
  await page.keyboard.type('health 1999');
  await page.getByText('1 of 1', { exact: true }).waitFor();
  await log(page).locator('.line.shown', { hasText: '1999' }).waitFor();
  expect(await log(page).locator('mark').textContent()).toBe('health 1999');
  await page.keyboard.press('Escape');
  await button(page, 'Times').click();
  await log(page).locator('time').first().waitFor();
  const follow = button(page, 'Follow');
  await follow.click();
  await log(page).getByText('GET /health 2000').waitFor();
  expect(await follow.getAttribute('aria-pressed')).toBe('true');
  await log(page).focus();
  await page.keyboard.press('PageUp');
  await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('false');
  await page.keyboard.press('End');
  await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('true');
  await served().call('POST', `/runs/${run}/cancel`, {});
});

test('a run of another process appears, and is resumed here when that process is gone', async () => {
  const gate = new Gate(served(), 'other');
  const page = await open('/runs?tool=waits&status=running');
  await page.getByText('No run is like this').waitFor();
  const other = new RunningProgram(served().repository, ['run', 'waits', '--arg', `gate=${gate.path}`]);
  await other.until('at the gate');
  const row = page.getByRole('row', { name: /waits running/ });
  await row.waitFor();
  await page.getByRole('navigation').getByText('1 running').waitFor();
  await row.getByRole('link').click();
  await log(page).getByText('at the gate').waitFor();
  await other[Symbol.asyncDispose]();
  await stands(page, 'interrupted');
  await step(page, /wait interrupted/).waitFor();
  await lookAt(page, 'run-interrupted');
  await button(page, 'Resume').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await stands(page, 'running');
  gate.open();
  await stands(page, 'succeeded');
  await log(page).getByText('through').waitFor();
});

test('the list names tool, arguments and why; filters and the search narrow it; keys alone open a run', async () => {
  const gate = new Gate(served(), 'list');
  const run = await start('waits', { gate: gate.path });
  const page = await open('/runs');
  await page.getByRole('row', { name: /waits running/ }).waitFor();
  const rows = page.locator('.rows tbody tr');
  expect(await rows.nth(0).textContent()).toBe('Under way');
  await page
    .getByRole('row', { name: /frail failed/ })
    .getByText('second: exit code 3')
    .waitFor();
  await page.getByRole('row', { name: /version 4.2/ }).waitFor();
  await lookAt(page, 'runs');
  await page.getByRole('button', { name: /^Failed/ }).click();
  await expect.poll(() => page.getByRole('row', { name: /running/ }).count()).toBe(0);
  await page.getByLabel('Only runs of a tool').selectOption('frail');
  await page.getByRole('row', { name: /frail failed/ }).waitFor();
  expect(new URL(page.url()).search).toBe('?status=failed&tool=frail');
  for (const key of ['g', 's']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Secrets' }).waitFor();
  for (const key of ['g', 'r']) await page.keyboard.press(key);
  await page.getByRole('row', { name: /waits running/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(run.slice(-6));
  await expect.poll(() => page.locator('.row-link').count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (const key of ['j', 'Enter']) await page.keyboard.press(key);
  await stands(page, 'running');
  await step(page, /wait running/).waitFor();
  for (const key of ['k', 'Enter']) await page.keyboard.press(key);
  await page.waitForURL(/step=begin/);
  gate.open();
  await stands(page, 'succeeded');
  await page.keyboard.press('Escape');
  await page
    .getByRole('row', { name: /waits succeeded/ })
    .first()
    .waitFor();
});

test('a run that is not there says so', async () => {
  const page = await open('/runs/20200101t000000000-000000');
  await page.getByText('There is no run', { exact: false }).waitFor();
  // The browser itself reports the answer 404.
  expect(
    browser()
      .faults.splice(0)
      .every((fault) => fault.includes('404')),
  ).toBe(true);
});
