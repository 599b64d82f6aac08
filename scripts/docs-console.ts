/** `npm run docs:console`: the picture of the console for the README, taken in Chromium from the built program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { makeSample, type Sample } from './console-sample.ts';

const root = join(import.meta.dirname, '..');
const PICTURE = join(root, 'docs/images/console.png');
const PAGE = 'secrets/prod/BANK_SFTP_KEY';

const place = mkdtempSync(join(tmpdir(), 'lockstep-console-'));
try {
  await takePicture(makeSample(place));
} finally {
  rmSync(place, { recursive: true, force: true });
}

async function takePicture({ root: cwd, env }: Sample): Promise<void> {
  const server = spawn(process.execPath, [join(root, 'bin/lockstep.js'), 'serve', '--json'], { cwd, env });
  const [line] = await once(server.stdout, 'data');
  const { url, token } = JSON.parse(String(line));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 590 }, reducedMotion: 'reduce' });
    await page.goto(`${url}${PAGE}#token=${token}`);
    await page.getByText('Bring back').first().waitFor();
    await page.screenshot({ path: PICTURE });
    console.log(`${PICTURE} is drawn`);
  } finally {
    await browser.close();
    server.kill();
  }
}
