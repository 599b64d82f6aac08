import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { leaksOf } from '../rig/leaks.ts';
import { inBrowser, SOON } from './in-browser.ts';
import { serveVault } from './vault-side.ts';

const { open, served } = inBrowser(() => serveVault(['--allow-view']));
const panel = (page: Page) => page.getByRole('complementary');
const block = (page: Page, name: string) => panel(page).getByRole('region', { name });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const names = (page: Page) => page.locator('.rows .row-link').allTextContents();

interface Shown {
  readonly version: number;
  readonly description: string;
  readonly rotateEvery?: string;
  readonly allow: readonly string[];
}
const secret = (name: string, group = 'prod') => served().call<Shown>('GET', `/secrets/${group}/${name}`);

test('the token leaves the address at once, and the list opens with what is due and refused', async () => {
  const page = await open('/');
  await page.getByRole('row', { name: /LEDGER/ }).waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe('/secrets');
  expect(await names(page)).toEqual(['ACQUIRER', 'KUBE', 'LEDGER', 'SLACK']);
  const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) });
  await row('KUBE').getByText('deploy has changed').waitFor();
  await row('ACQUIRER').getByText('refund is refused').waitFor();
  await row('SLACK').getByText('refund never asks').waitFor();
  await row('SLACK').getByText('expired on 31 Jan 2020').waitFor();
  await page.reload();
  await row('LEDGER').waitFor();
});

test('filters and the search narrow the list, and stand in the address', async () => {
  const page = await open('/secrets');
  await button(page, 'Refused 3').click();
  expect(await names(page)).toEqual(['ACQUIRER', 'KUBE', 'LEDGER']);
  await button(page, 'Due 1').click();
  expect(await names(page)).toEqual(['SLACK']);
  await button(page, 'All 4').click();
  await page.keyboard.press('/');
  await page.keyboard.type('ledger data');
  await expect.poll(() => names(page), SOON).toEqual(['LEDGER']);
  await page.reload();
  await expect.poll(() => names(page), SOON).toEqual(['LEDGER']);
  await page.getByRole('searchbox').fill('nothing like this');
  await page.getByText('No secret matches').waitFor();
  await button(page, 'Show all').click();
  await expect.poll(() => names(page), SOON).toHaveLength(4);
});

test('keys alone: rows, panel, back to the row, other pages', async () => {
  const page = await open('/secrets');
  await page.getByRole('row', { name: /LEDGER/ }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { name: 'KUBE' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/secrets/prod/KUBE');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator(':focus').textContent(), SOON).toBe('KUBE');
  expect(await panel(page).count()).toBe(0);
  await page.goBack();
  await panel(page).getByRole('heading', { name: 'KUBE' }).waitFor();
  await page.goForward();
  await expect.poll(() => panel(page).count(), SOON).toBe(0);
  await page.keyboard.press('g');
  await page.keyboard.press('x');
  await page.getByRole('heading', { name: 'Who may use what' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('ledger prod');
  await page.getByRole('option', { name: /LEDGER prod/ }).waitFor();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { name: 'LEDGER' }).waitFor();
});

test('a secret is added for the tools that ask, and its value is nowhere', async () => {
  const value = 'a-value-that-is-typed-once';
  const page = await open('/secrets/dev');
  await page.getByText('dev holds no secrets yet').waitFor();
  await button(page, 'Add the first secret').click();
  const dialog = page.getByRole('dialog', { name: 'Add secret' });
  await dialog.getByLabel('Name').fill('LEDGER');
  await dialog.getByLabel('Description').fill('Ledger of dev');
  await dialog.getByLabel('Value', { exact: true }).fill(value);
  await dialog.getByText('26 bytes, 1 line').waitFor();
  await dialog.getByLabel('Rotate every').fill('90 days');
  await dialog.getByText('a number and d, w, m or y').waitFor();
  await dialog.getByLabel('Rotate every').fill('90d');
  await dialog.getByRole('checkbox', { name: /deploy/ }).uncheck();
  await button(page, 'Add secret').last().click();
  await panel(page).getByRole('heading', { name: 'LEDGER' }).waitFor();
  expect((await secret('LEDGER', 'dev')).allow).toEqual(['tool:refund']);
  await button(page, '1 to commit').click();
  await page.getByRole('dialog').getByText('vault/dev/LEDGER.yaml').waitFor();
  expect(await page.content()).not.toContain(value);
  expect(leaksOf(served().repository, value)).toEqual([]);
  served().commit('Add LEDGER to dev');
});

test('a new value says what it is made of, and keeps what is typed while another is set', async () => {
  const page = await open('/secrets/prod/LEDGER');
  await button(page, 'Set new value').click();
  const field = page.getByLabel('New value');
  await field.fill('ab\n');
  await page.getByText('3 bytes, 1 line').waitFor();
  await page.getByText('Under 6 bytes it is not masked').waitFor();
  await page.getByText('It ends in a line break').waitFor();
  await field.fill('the next value');
  await served().call('PUT', '/secrets/prod/LEDGER/value', { value: 'set elsewhere' });
  await page.getByText('ada set version 2 while you typed').waitFor();
  expect(await field.inputValue()).toBe('the next value');
  await button(page, 'Replace version 2').click();
  await button(page, 'Set version 3').click();
  await page.getByText('Version 3 is set.').waitFor();
  expect((await secret('LEDGER')).version).toBe(3);
  expect(await page.getByRole('textbox', { name: 'New value' }).count()).toBe(0);
});

test('typed text is asked for before it is left', async () => {
  const page = await open('/secrets/prod/LEDGER');
  await button(page, 'Set new value').click();
  await page.getByLabel('New value').fill('not yet set');
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void (asked.length === 1 ? dialog.dismiss() : dialog.accept());
  });
  await page.getByRole('link', { name: 'Audit' }).click();
  expect(await page.getByLabel('New value').inputValue()).toBe('not yet set');
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('heading', { name: 'Audit' }).waitFor();
  expect(asked).toHaveLength(2);
});

test('a value is shown for 30 seconds, with a record of it', async () => {
  const page = await open('/secrets/prod/SLACK');
  await page.clock.install();
  await button(page, 'View…').click();
  await button(page, 'Show for 30 s').click();
  await page.getByText('the value of SLACK').waitFor();
  await page.getByText('gone in 2').waitFor();
  await page.clock.runFor(20_000);
  expect(await page.getByText('the value of SLACK').count()).toBe(1);
  await page.clock.runFor(10_000);
  await expect.poll(() => page.getByText('the value of SLACK').count(), SOON).toBe(0);
  const { records } = await served().call<{ records: { action: string; secrets: { name: string }[] }[] }>(
    'GET',
    '/audit',
  );
  expect(records[0]).toMatchObject({ action: 'reveal', secrets: [{ name: 'SLACK' }] });
});

test('description and dates are edited in place, and another tab follows', async () => {
  const page = await open('/secrets/prod/ACQUIRER');
  const other = await open('/secrets/prod/ACQUIRER');
  await block(other, 'About').getByText('Live key of the acquirer').waitFor();
  await button(page, 'Edit').click();
  await page.getByRole('textbox', { name: 'Description' }).fill('Key of the acquirer, for refunds');
  await page.getByLabel('Rotate every').fill('1y');
  await button(page, 'Save').click();
  for (const one of [page, other]) {
    await block(one, 'About').getByText('Key of the acquirer, for refunds').waitFor();
    await block(one, 'About').getByText('1 year').waitFor();
  }
});

test('what is refused is granted in its line, and taken back after a question', async () => {
  const page = await open('/secrets/prod/ACQUIRER');
  await button(page, 'Grant ACQUIRER to refund').click();
  await block(page, 'Who may use it')
    .getByText(/^definition [0-9a-f]{8}, by ada/)
    .waitFor();
  expect((await secret('ACQUIRER')).allow).toEqual([expect.stringMatching(/^tool:refund@sha256:/)]);
  await button(page, 'Remove the grant to refund').click();
  await page.getByRole('dialog').getByText('stops working in prod').waitFor();
  await button(page, 'Remove grant').click();
  await button(page, 'Grant ACQUIRER to refund').waitFor();
  expect((await secret('ACQUIRER')).allow).toEqual([]);
  await button(page, 'Grant').first().click();
  await page.getByLabel('Grant to').selectOption('tool:announce');
  await page.getByText('does not ask for it now').waitFor();
  await button(page, 'Grant').first().click();
  await button(page, 'Remove the grant to announce').waitFor();
});

test('a changed definition shows its difference before it is granted', async () => {
  const page = await open('/secrets/prod/KUBE');
  await button(page, 'Changes…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('-    run: test -n "$KUBE"').waitFor();
  await dialog.getByText('+    run: test "$KUBE"').waitFor();
  await button(page, 'Grant both to this definition').click();
  await expect.poll(() => page.getByRole('dialog').count(), SOON).toBe(0);
  await expect.poll(() => button(page, 'Changes…').count(), SOON).toBe(0);
});

test('a former value comes back as the next version', async () => {
  const page = await open('/secrets/prod/LEDGER');
  await block(page, 'History').getByText('Version 3').waitFor();
  await button(page, 'Bring back').click();
  await button(page, 'Set it as version 4').click();
  await panel(page).getByText('prod · version 4').waitFor();
});

test('a secret moves to another group, and goes when its name is typed', async () => {
  const page = await open('/secrets/prod/SLACK');
  await button(page, 'Move…').click();
  await button(page, 'Move to dev').click();
  await expect.poll(() => new URL(page.url()).pathname, SOON).toBe('/secrets/dev/SLACK');
  const other = await open('/secrets/dev/SLACK');
  await button(other, 'Set new value').waitFor();
  await button(page, 'Remove…').click();
  const confirm = button(page, 'Remove secret');
  expect(await confirm.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Type SLACK to confirm').fill('SLACK');
  await confirm.click();
  await expect.poll(() => new URL(page.url()).pathname, SOON).toBe('/secrets/dev');
  await other.getByText('dev holds no SLACK').waitFor();
});

/** Tab, until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let at = 0; at < 40; at += 1) {
    if (await element.evaluate((one) => one.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not get there');
}

test('by keys alone a secret is added, granted and removed', async () => {
  const page = await open('/secrets/dev');
  await page.getByRole('heading', { name: 'Secrets' }).waitFor();
  const keys = async (...all: readonly string[]) => {
    for (const one of all) await page.keyboard.press(one);
  };
  await button(page, 'Add secret').waitFor();
  await keys('n');
  await page.getByRole('dialog', { name: 'Add secret' }).waitFor();
  await page.keyboard.type('KUBE');
  await keys('Tab', 'Tab', 'Tab', 'Tab');
  await page.keyboard.type('typed by keys alone');
  await page.getByRole('checkbox', { name: /deploy/ }).waitFor();
  await tabTo(page, page.getByRole('checkbox', { name: /deploy/ }));
  await keys('Space', 'Enter');
  await panel(page).getByRole('heading', { name: 'KUBE' }).waitFor();
  expect((await secret('KUBE', 'dev')).allow).toEqual([]);
  const grant = button(page, 'Grant KUBE to deploy');
  await grant.waitFor();
  await tabTo(page, grant);
  await keys('Enter');
  await button(page, 'Remove the grant to deploy').waitFor();
  await tabTo(page, button(page, 'Remove…'));
  await keys('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('KUBE');
  await keys('Enter');
  await expect.poll(() => new URL(page.url()).pathname, SOON).toBe('/secrets/dev');
  await expect.poll(() => names(page), SOON).not.toContain('KUBE');
});
