import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/**
 * A program of a user, which has packages that the tests of the project itself do without: its folder is copied out of the
 * checkout, its packages are installed as its lock file says, and `lockstep` is the checkout.
 */
export class PluginProgram implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-program-')));

  /** @param source the folder of the program, in the checkout */
  static async install(source: string): Promise<PluginProgram> {
    const program = new PluginProgram();
    const { folder } = program;
    cpSync(join(ROOT, source), folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
    const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
    // The variables of an npm around the tests would make it work on the checkout.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
    await promisify(execFile)('npm', ['ci', ...quiet], { cwd: folder, env });
    symlinkSync(ROOT, join(folder, 'node_modules/lockstep'));
    return program;
  }

  /**
   * Type-checks its own files and those of a folder of the checkout, as strictly as the checkout's. Throws what is wrong.
   */
  typeCheck(folder?: string): void {
    if (folder !== undefined) cpSync(join(ROOT, folder), join(this.folder, 'example'), { recursive: true });
    const types = join(this.folder, 'node_modules/@types');
    mkdirSync(types, { recursive: true });
    if (!existsSync(join(types, 'node'))) symlinkSync(join(ROOT, 'node_modules/@types/node'), join(types, 'node'));
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
    const config = { compilerOptions: { ...compilerOptions, rootDir: '.' }, include: ['*.ts', 'example'] };
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify(config));
    const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', this.folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stdout);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
