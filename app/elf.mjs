// Makes ELF files smaller without a compiler's tools. Nothing changes its address, so nothing has to be linked anew.

const program = { load: 1, size: 56 };
const page = 0x10000; // the largest that a Linux has

/** Whether a file is a program or library of a 64-bit, little-endian Linux. */
export const isElf = file => file.length > 64 && file.readUInt32BE(0) === 0x7f454c46 && file[4] === 2 && file[5] === 1;

/** Without symbols and other notes for debuggers: they lie after all that is loaded. */
export function stripped(file) {
  const end = Math.max(...segments(file).map(s => s.offset + s.size), headersEnd(file));
  const small = Buffer.from(file.subarray(0, end));
  small.writeBigUInt64LE(0n, 40); // where the table of sections is, and below how long
  small.writeUInt16LE(0, 60);
  small.writeUInt16LE(0, 62);
  return small;
}

/** ICU's data library with some of its items only. What lies after the data moves up in the file, but not in memory. */
export function withIcuData(file, isKept) {
  const start = file.indexOf('CmnD') - 12;
  const all = segments(file);
  const holder = all.find(s => s.type === program.load && s.offset <= start && start < s.offset + s.size);
  if (start < 0 || !holder) throw new Error('The data of ICU was not found in its library.');
  const data = icuData(file.subarray(start, holder.offset + holder.size), isKept);
  const end = start + data.length;
  const after = all.filter(s => s.offset >= holder.offset + holder.size);
  const gap = Math.min(...after.map(s => s.offset)) - end;
  const shift = gap - gap % page;
  const small = Buffer.concat([file.subarray(0, start), data, file.subarray(end + shift)]);
  holder.resize(small, end - holder.offset);
  for (const segment of after) segment.moveTo(small, segment.offset - shift);
  return small;
}

function icuData(whole, isKept) {
  const contents = whole.readUInt16LE(0); // counted from here on: a number, pairs of where name and item begin, names, items
  const at = i => contents + 4 + 8 * i;
  const count = whole.readUInt32LE(contents);
  const items = Array.from({ length: count }, (_, i) => {
    const name = contents + whole.readUInt32LE(at(i));
    const next = i + 1 < count ? contents + whole.readUInt32LE(at(i + 1) + 4) : whole.length;
    return {
      name: whole.toString('latin1', name, whole.indexOf(0, name)),
      bytes: whole.subarray(contents + whole.readUInt32LE(at(i) + 4), next),
    };
  }).filter(item => isKept(item.name));
  if (!items.length) throw new Error('ICU has none of the items that are kept.');
  const names = items.map(item => Buffer.from(item.name + '\0', 'latin1'));
  const table = Buffer.alloc(4 + 8 * items.length);
  table.writeUInt32LE(items.length);
  let place = table.length;
  names.forEach((name, i) => { table.writeUInt32LE(place, 4 + 8 * i); place += name.length; });
  const parts = [whole.subarray(0, contents), table, ...names];
  for (const [i, item] of items.entries()) {
    const gap = -(contents + place) & 15; // items begin at multiples of sixteen
    parts.push(Buffer.alloc(gap), item.bytes);
    table.writeUInt32LE(place + gap, 8 + 8 * i);
    place += gap + item.bytes.length;
  }
  return Buffer.concat(parts);
}

const headersEnd = file => Number(file.readBigUInt64LE(32)) + file.readUInt16LE(56) * program.size;

function segments(file) {
  const table = Number(file.readBigUInt64LE(32));
  return Array.from({ length: file.readUInt16LE(56) }, (_, i) => {
    const at = table + i * program.size;
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      size: Number(file.readBigUInt64LE(at + 32)),
      resize(into, size) {
        for (const field of [32, 40]) into.writeBigUInt64LE(BigInt(size), at + field);
      },
      moveTo(into, offset) {
        into.writeBigUInt64LE(BigInt(offset), at + 8);
        const alignment = into.readBigUInt64LE(at + 48);
        if (alignment > page) into.writeBigUInt64LE(BigInt(page), at + 48);
      },
    };
  });
}
