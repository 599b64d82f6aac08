import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** As root, Chromium has no sandbox of its own. It looks for nothing in the network. */
const ARGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

function chromiumPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'chromium')).find((file) => existsSync(file));
  return found ?? '/usr/bin/chromium';
}

export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
}

/** A real browser for the tests of a file. It keeps what a page must not do: speak in its console, or ask another server. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #home: string;
  readonly #contexts: BrowserContext[] = [];
  /** Console messages and errors of pages, and requests to other servers. */
  readonly faults: string[] = [];

  private constructor(browser: Browser, home: string) {
    this.#browser = browser;
    this.#home = home;
  }

  /** @param home the address of the server that pages may ask */
  static async launch(home: string): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: chromiumPath(), args: ARGS }), home);
  }

  /** A page in a context of its own: nothing is kept from another one. */
  async page(address: string, { theme = 'light', width = 1280 }: Look = {}): Promise<Page> {
    const viewport = { width, height: width < 500 ? 780 : 860 };
    const context = await this.#browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce' });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => this.faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => this.faults.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.#home)) this.faults.push(`request: ${request.url()}`);
    });
    await page.goto(new URL(address, this.#home).href);
    return page;
  }

  /** Ends the pages that were opened so far. */
  async closePages(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** What axe finds against WCAG 2.2 AA and its best practice, one line each. @param rules only these; absent: all */
export async function accessFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: AxeViolation[] }> } };
    const { violations } = await axe.run(only === null ? {} : { runOnly: { type: 'rule', values: only } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }, rules ?? null);
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Pictures of the last run, for a person to look at. */
export async function picture(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
