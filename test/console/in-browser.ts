import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Look, TestBrowser } from '../rig/browser.ts';
import type { ServedPage } from '../rig/served-page.ts';

/** What a page shows comes soon; a machine may be busy. */
export const SOON = { timeout: 10_000 };

/**
 * A server and a browser for all tests of a file. A test fails when one of its pages writes to the browser's console or
 * asks another server.
 */
export function inBrowser(serve: () => Promise<ServedPage>) {
  let served: ServedPage;
  let browser: TestBrowser;

  beforeAll(async () => {
    served = await serve();
    browser = await TestBrowser.launch(served.url);
  });

  afterEach(async () => {
    await browser.closePages();
    expect(browser.faults.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  });

  return {
    served: () => served,
    browser: () => browser,
    /** Opens a page as the person whom `serve` gave its address. */
    open: (path: string, look: Look = {}) => browser.page(served.address(path), look),
  };
}
