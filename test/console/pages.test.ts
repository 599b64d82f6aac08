import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessFaults, picture, TestBrowser } from '../rig/browser.ts';
import { ServedPage } from '../rig/served-page.ts';
import { inBrowser, SOON } from './in-browser.ts';
import { lookAt } from './looks.ts';
import { FILES, PICTURES, serveVault } from './vault-side.ts';

const { browser, open, served } = inBrowser(serveVault);
const panel = (page: Page) => page.getByRole('complementary');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

/** Each page, and what shows that it is complete. */
const PAGES: Readonly<Record<string, readonly [path: string, shown: string, act?: (page: Page) => Promise<void>]>> = {
  secrets: ['/secrets', 'refund never asks'],
  secret: ['/secrets/prod/KUBE', 'Remove…', (page) => button(page, 'Edit').click()],
  'set-value': ['/secrets/prod/SLACK', 'Remove…', (page) => button(page, 'Set new value').click()],
  view: ['/secrets/prod/LEDGER', 'Remove…', (page) => button(page, 'View…').click()],
  remove: ['/secrets/prod/LEDGER', 'Remove…', (page) => button(page, 'Remove…').click()],
  repin: ['/secrets/prod/KUBE', 'Changes…', (page) => button(page, 'Changes…').click()],
  add: ['/secrets?add=1', 'Who may use it'],
  empty: ['/secrets/dev', 'dev holds no secrets yet'],
  gone: ['/secrets/prod/NOT_THERE', 'prod holds no NOT_THERE'],
  access: ['/access', 'asked for and granted'],
  cell: ['/access/prod/KUBE/tool:deploy', 'Grant both to this definition'],
  problems: ['/problems', 'secret/ungranted'],
  members: ['/members', 'Make a group'],
  audit: ['/audit', 'records shown'],
};

test.for(Object.entries(PAGES))(
  '%s: axe finds nothing, in light, dark and on a phone',
  async ([name, [path, shown, act]]) => {
    const page = await open(path);
    await page.getByText(shown).first().waitFor();
    await act?.(page);
    await lookAt(page, name);
  },
);

test('a cell of the matrix explains, and the button beside the reasons grants', async () => {
  const page = await open('/access');
  await page.getByRole('button', { name: 'ACQUIRER for refund: asked for, not granted: refused' }).click();
  await panel(page).getByText('step acquirer, as $ACQUIRER').waitFor();
  await panel(page).getByText('Not granted', { exact: true }).waitFor();
  await panel(page).getByText('prod is pinned', { exact: true }).waitFor();
  await button(page, 'Grant to refund').click();
  await page.getByRole('button', { name: 'ACQUIRER for refund: asked for and granted' }).waitFor();
  await button(page, 'Remove grant').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove grant' }).click();
  await page.getByRole('button', { name: 'ACQUIRER for refund: asked for, not granted: refused' }).waitFor();
});

test('the matrix is one stop for Tab, with arrows inside; an agent is explained by its ceiling', async () => {
  const page = await open('/access');
  const cell = page.getByRole('button', { name: 'ACQUIRER for announce' });
  await cell.waitFor();
  expect(await page.locator('.cell[tabindex="0"]').count()).toBe(1);
  await cell.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
  expect(await page.locator(':focus').getAttribute('aria-label')).toContain('LEDGER for releaser');
  await page.keyboard.press('Enter');
  await panel(page).getByText('Not below its ceiling').waitFor();
  await panel(page).getByText('An agent gets only what it lists.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/access/prod/LEDGER/agent%3Areleaser');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator(':focus').getAttribute('aria-label'), SOON).toContain('LEDGER for releaser');
});

test('a broken save keeps the last good state, and Problems says where it is broken', async () => {
  const page = await open('/secrets');
  await page.getByRole('row', { name: /LEDGER/ }).waitFor();
  served().repository.write('tools/announce.yaml', FILES['tools/announce.yaml'].replace('steps:', 'stepps:'));
  await page.getByText('and was not loaded; runs use the last good state').waitFor();
  await served().call('PUT', '/secrets/prod/SLACK/value', { value: 'set while a definition is broken' });
  await page
    .getByRole('row', { name: /^SLACK/ })
    .getByText('expired')
    .waitFor();
  expect(await served().call('GET', '/secrets/prod/SLACK')).toMatchObject({ version: 2 });
  await page.getByRole('link', { name: 'Problems' }).first().click();
  const file = page.getByRole('region', { name: 'tools/announce.yaml' });
  await file.getByText('stepps:', { exact: false }).first().waitFor();
  await file.getByText('^^^^^^').waitFor();
  await picture(page, PICTURES, 'stale');
  expect(await accessFaults(page)).toEqual([]);
  served().repository.write('tools/announce.yaml', FILES['tools/announce.yaml']);
  await expect.poll(() => page.getByText('runs use the last good state').count(), SOON).toBe(0);
});

test('a tool that asks for a secret which is not there yet is in force, and the new secret is for it', async () => {
  served().repository.write(
    'tools/fresh.yaml',
    FILES['tools/announce.yaml'].replaceAll('announce', 'fresh').replaceAll('SLACK', 'FRESH'),
  );
  const page = await open('/problems');
  await page.getByText('holds no secret "FRESH"').waitFor();
  expect(await page.getByText('the last good state').count()).toBe(0);
  await page.goto(new URL('/secrets?add=1', served().url).href);
  const dialog = page.getByRole('dialog', { name: 'Add secret' });
  await dialog.getByLabel('Name').fill('FRESH');
  await dialog.getByLabel('Value', { exact: true }).fill('a value for the new tool');
  await dialog.getByRole('checkbox', { name: /fresh/ }).waitFor();
  await dialog.getByRole('button', { name: 'Add secret' }).click();
  await panel(page)
    .getByText(/^definition/)
    .waitFor();
});

test('without a vault each page of it says how to make one', async () => {
  await using bare = await ServedPage.start(FILES, async () => undefined);
  await using alone = await TestBrowser.launch(bare.url);
  const page = await alone.page(bare.address('/secrets'));
  for (const name of ['Secrets', 'Access', 'Members', 'Audit']) {
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByText('This repository has no vault yet').waitFor();
  }
  expect(await accessFaults(page)).toEqual([]);
  expect(alone.faults).toEqual([]);
  await bare.repository.must(['init', '--member', 'ada']);
  await page.getByRole('link', { name: 'Secrets', exact: true }).click();
  await page.getByText('default holds no secrets yet').waitFor();
});

test('members: who reads and writes, and changes as commands; the audit log names what was done', async () => {
  const page = await open('/members');
  await page.getByRole('row', { name: /ada this server/ }).waitFor();
  await page.getByRole('row', { name: /prod.*pinned/ }).waitFor();
  await page.getByText('lockstep member remove NAME').waitFor();
  await page.getByRole('link', { name: 'Audit' }).click();
  await heading(page, 'Audit');
  await page.getByRole('searchbox').fill('acquirer');
  await page.getByRole('row', { name: /ada set ACQUIRER/ }).waitFor();
});

test('the theme that a person chose stays, and the palette does things', async () => {
  const page = await open('/secrets');
  await button(page, 'Theme: as the system').click();
  await button(page, 'Theme: light').click();
  await page.reload();
  await button(page, 'Theme: dark').waitFor();
  expect(await page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('dark');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('add sec');
  await page.getByRole('option', { name: 'Add secret' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Add secret' }).waitFor();
});

test('a phone has a bar at the bottom, and the rest under More', async () => {
  const page = await open('/secrets', { width: 360 });
  await button(page, 'More').click();
  await page.getByRole('dialog').getByRole('link', { name: 'Members' }).click();
  await heading(page, 'Members');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('a token that may only read shows why, with the command; without a token the page says how to get in', async () => {
  const token = (await served().repository.must(['token', 'make', 'reader', '--scope', 'read']))
    .trim()
    .split(/\s+/)
    .at(-1);
  const page = await browser().page(`/secrets/prod/LEDGER#token=${token}`);
  await panel(page).getByText('The token "reader" may not change secrets.').waitFor();
  await panel(page).getByText('lockstep secret set LEDGER --group prod').waitFor();
  expect(await button(page, 'Set new value').getAttribute('aria-disabled')).toBe('true');
  await button(page, 'View…').click();
  await page.getByText('lockstep secret reveal LEDGER --group prod').waitFor();
  await picture(page, PICTURES, 'read-only');
  expect(await accessFaults(page)).toEqual([]);

  const stranger = await browser().page('/secrets/prod/LEDGER');
  await heading(stranger, 'This tab has no access');
  expect(await accessFaults(stranger)).toEqual([]);
  await stranger.getByLabel('Token').fill(`${served().url}#token=${served().token}`);
  await button(stranger, 'Continue').click();
  await panel(stranger).getByRole('heading', { name: 'LEDGER' }).waitFor();
});

test('a server that is gone is said, and actions wait', async () => {
  const page = await open('/secrets/prod/LEDGER');
  await button(page, 'Set new value').waitFor();
  await served().kill();
  await page.getByText('The server does not answer.').first().waitFor();
  expect(await button(page, 'Set new value').getAttribute('aria-disabled')).toBe('true');
  await picture(page, PICTURES, 'offline');
  expect(await accessFaults(page)).toEqual([]);
  // A page that is open asks the server again and again.
  await page.close();
  browser().faults.splice(0);
});
