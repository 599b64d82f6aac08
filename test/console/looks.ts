import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessFaults, picture } from '../rig/browser.ts';
import { PICTURES } from './vault-side.ts';

/** A theme and a width that a page is looked at in, and the rules of axe that can only fail there; absent: all. */
type View = readonly [theme: 'light' | 'dark', width: number, rules?: readonly string[]];

const PHONE_RULES = ['target-size', 'scrollable-region-focusable', 'region'];

/** Every theme and width that changes something; the whole of axe runs in the first. */
const VIEWS: readonly View[] = [
  ['light', 1280],
  ['dark', 768, ['color-contrast']],
  ['light', 360, PHONE_RULES],
  ['dark', 360, ['color-contrast', ...PHONE_RULES]],
];

/** Takes a picture of the page in each view, where axe finds nothing and nothing is too wide. */
export async function lookAt(page: Page, name: string): Promise<void> {
  for (const [theme, width, rules] of VIEWS) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: width < 500 ? 780 : 860 });
    await picture(page, PICTURES, `${name}-${width}-${theme}`);
    expect(await accessFaults(page, rules), `${name}, ${theme}, ${width} px`).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 'too wide').toBe(0);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}
