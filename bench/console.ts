import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { fillVault } from './filled-vault.ts';
import type { Table } from './side-by-side.ts';

const SECRETS = 10_000;
const SCREENS = 200;
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];

/** What a person waits for in the browser, with 10,000 secrets. The floor is a page that holds one word. */
export async function measureConsole(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
  try {
    const { root, env } = await fillVault(folder, SECRETS);
    const program = join(import.meta.dirname, '../bin/lockstep.js');
    const server = spawn(process.execPath, [program, '-C', root, 'serve', '--json'], { env });
    server.stderr.resume();
    const [line] = await once(server.stdout, 'data');
    const { url, token } = JSON.parse(String(line));
    const times: Record<string, number[]> = {};
    for (let round = -1; round < Math.min(rounds, 10); round += 1) {
      const measured = {
        'a page of one word': await paintOf(browser, `${url}healthz`),
        ...(await consoleTimes(browser, `${url}secrets/default#token=${token}`)),
      };
      // The first round warms caches.
      if (round >= 0) for (const [name, time] of Object.entries(measured)) times[name] = [...(times[name] ?? []), time];
    }
    server.kill('SIGTERM');
    await once(server, 'exit');
    return tableOf(times);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function paintOf(browser: Browser, address: string): Promise<number> {
  const page = await browser.newPage();
  await page.goto(address);
  const time = await firstPaint(page);
  await page.close();
  return time;
}

/** Runs in the page, whose globals this program does not know. */
const FIRST_PAINT = `new Promise((resolve) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint === undefined) requestAnimationFrame(look);
    else resolve(paint.startTime);
  };
  look();
})`;

/** Tasks below 50 ms are not reported by a browser and count as 0. */
const LONGEST_TASK = `(async () => {
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ entryTypes: ['longtask'] });
  const lists = [...document.querySelectorAll('*')].filter((one) => one.scrollHeight > one.clientHeight * 3);
  for (let screen = 0; screen < ${SCREENS}; screen += 1) {
    lists.at(-1)?.scrollBy(0, 800);
    window.scrollBy(0, 800);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  observer.disconnect();
  return longest;
})()`;

function firstPaint(page: Page): Promise<number> {
  return page.evaluate<number>(FIRST_PAINT);
}

async function consoleTimes(browser: Browser, address: string): Promise<Record<string, number>> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByText('S0', { exact: true }).first().waitFor();
  const listed = await page.evaluate<number>('performance.now()');
  const painted = await firstPaint(page);
  const longest = await page.evaluate<number>(LONGEST_TASK);
  await page.close();
  return {
    'the console, first paint': painted,
    [`the list of ${SECRETS} secrets`]: listed,
    [`the longest task while ${SCREENS} screens are scrolled`]: longest,
  };
}

function tableOf(times: Readonly<Record<string, readonly number[]>>): Table {
  const timings = Object.entries(times).map(([name, all]) => {
    const sorted = [...all].sort((a, b) => a - b);
    return { name, minimumMs: sorted[0] ?? Number.NaN, medianMs: sorted[sorted.length >> 1] ?? Number.NaN, ratio: 1 };
  });
  const baseline = timings[0]?.medianMs ?? Number.NaN;
  const rows = timings.map((one) => ({ ...one, ratio: one.medianMs / baseline }));
  return { title: 'console', rounds: times['a page of one word']?.length ?? 0, timings: rows };
}
