import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { picture } from '../rig/browser.ts';
import { inBrowser } from './in-browser.ts';
import { lookAt } from './looks.ts';
import { PICTURES } from './vault-side.ts';
import { serveWork } from './work-side.ts';

const { open, served } = inBrowser(serveWork);
const runButton = (page: Page) => page.getByRole('button', { name: /^Run in/ });
const isDisabled = (page: Page) => runButton(page).getAttribute('aria-disabled');
const plan = (page: Page) => page.getByRole('region', { name: /^Plan/ });

/** Each page, and what shows that it is complete. */
const PAGES: Readonly<Record<string, readonly [path: string, shown: string]>> = {
  tools: ['/tools', 'Rolls a version out'],
  tool: ['/tools/roll-out', 'not granted'],
  agents: ['/agents', 'Answers pages'],
  agent: ['/agents/on-call', 'Look first'],
};

test.for(Object.entries(PAGES))(
  '%s: axe finds nothing, in light, dark and on a phone',
  async ([name, [path, shown]]) => {
    const page = await open(path);
    await page.getByText(shown).first().waitFor();
    await lookAt(page, name);
  },
);

test('the search finds tools by name, text and secret; keys alone open one and come back', async () => {
  const page = await open('/tools');
  const names = () => page.locator('.rows .row-link').allTextContents();
  await page.getByRole('link', { name: 'roll-out' }).waitFor();
  expect(await names()).toEqual(['frail', 'post', 'roll-out', 'waits']);
  await page.keyboard.press('/');
  await page.keyboard.type('chat');
  expect(await names()).toEqual(['post']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (const key of ['j', 'j', 'j', 'k', 'Enter']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'post', exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Tools' }).waitFor();
  for (const key of ['g', 'a']) await page.keyboard.press(key);
  await page.getByRole('link', { name: 'on-call' }).waitFor();
});

test('the plan names each step, its executor, and why a secret is granted or refused', async () => {
  const page = await open('/tools/roll-out');
  await plan(page).getByText('version 1, granted to tool:roll-out').first().waitFor();
  await plan(page).getByText('host · after watch, smoke').waitFor();
  await plan(page).getByText('asks for approval').waitFor();
  await plan(page).getByText('calls post · after promote').waitFor();
  const refused = plan(page).locator('.plan-secret', { hasText: 'CHAT' });
  expect(await refused.locator('.bad').last().textContent()).toContain('not granted');
  expect(await isDisabled(page)).toBe('true');
});

test('a reload keeps what is typed, but for sensitive arguments', async () => {
  const page = await open('/tools/roll-out');
  await page.getByLabel('version').fill('4.2');
  await page.getByLabel('ticket').fill('a ticket that nobody keeps');
  await page.getByLabel('canary').uncheck();
  await page.reload();
  await expect.poll(() => page.getByLabel('version').inputValue()).toBe('4.2');
  expect(await page.getByLabel('canary').isChecked()).toBe(false);
  expect(await page.getByLabel('ticket').inputValue()).toBe('');
});

test('what is typed is checked as it is typed, and told beside the field', async () => {
  const page = await open('/tools/roll-out');
  const field = page.getByLabel('version');
  await page.getByText('1 argument missing', { exact: false }).waitFor();
  await field.fill('4');
  await page.getByText('has to match', { exact: false }).waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await field.fill('4.2');
  await expect.poll(() => field.getAttribute('aria-invalid')).toBeNull();
  await page.getByLabel('replicas').fill('40');
  await page.getByText('has to be 9 or less').waitFor();
  await page.getByLabel('replicas').fill('x');
  await page.getByText('has to be a number').waitFor();
  await page.getByLabel('labels').fill('{"team":');
  await page.getByText('is not JSON yet').waitFor();
});

test('through an agent its ceiling counts, and the link of its page says so', async () => {
  const page = await open('/agents/on-call');
  await page.getByText('You are on call.').waitFor();
  await page.getByText('each call asks for approval').waitFor();
  const kube = page.locator('.agent-secret', { hasText: 'KUBE' });
  expect(await kube.locator('.bad').last().textContent()).toContain('does not list KUBE');
  await page.getByRole('link', { name: 'roll-out' }).click();
  await plan(page).getByText('does not list KUBE', { exact: false }).first().waitFor();
  expect(await page.getByLabel('Through').inputValue()).toBe('on-call');
  await page.getByLabel('Through').selectOption('');
  await plan(page).getByText('version 1, granted to tool:roll-out').first().waitFor();
});

test('a form of every kind of argument starts a run; a sensitive one is hidden and not kept', async () => {
  await served().call('POST', '/secrets/default/CHAT/grant', { grants: ['tool:post'] });
  const page = await open('/tools/roll-out');
  await page.getByLabel('version').fill('4.2');
  await page.getByLabel('region').selectOption('south');
  await page.getByLabel('replicas').fill('5');
  await page.getByLabel('canary').press('Space');
  for (const host of ['a1', 'b2']) {
    await page.getByRole('button', { name: 'Add to hosts' }).press('Enter');
    await page.keyboard.type(host);
  }
  await page.getByLabel('labels').fill('{"team": "payments"}');
  const ticket = page.getByLabel('ticket');
  await ticket.fill('the-key-of-the-change');
  expect(await ticket.getAttribute('type')).toBe('password');
  await expect.poll(() => isDisabled(page)).toBeNull();
  await picture(page, PICTURES, 'tool-filled');
  await runButton(page).press('Enter');
  await page.waitForURL(/\/runs\/2/);
  await page.getByText('promote asks for approval').waitFor();
  const run = page.url().split('/').at(-1);
  const { args, withheld } = await served().call<{ args: object; withheld: string[] }>('GET', `/runs/${run}`);
  expect(args).toEqual({
    version: '4.2',
    region: 'south',
    replicas: 5,
    canary: false,
    hosts: ['a1', 'b2'],
    labels: { team: 'payments' },
    gate: '/',
  });
  expect(withheld).toEqual(['ticket']);
  await page.goto(new URL(`/runs/${run}?step=build`, served().url).href);
  await page.locator('.log').getByText('replicas=5').waitFor();
  expect(await page.locator('.line .masked').count()).toBe(1);
  expect(await page.content()).not.toContain('the-key-of-the-change');
  await served().call('POST', `/runs/${run}/cancel`, {});
  await page.getByRole('link', { name: 'Run again' }).click();
  await expect.poll(() => page.getByLabel('version').inputValue()).toBe('4.2');
  expect(await page.getByLabel('hosts 2', { exact: true }).inputValue()).toBe('b2');
  expect(await page.getByLabel('ticket').inputValue()).toBe('');
});
