// Writes a tar (ustar) of small files. The same files always give the same bytes.

const BLOCK = 512;

export function tarOf(files: Record<string, Buffer>): Buffer {
  const entries = Object.entries(files).flatMap(([name, bytes]) => [headOf(name, bytes.length), padded(bytes)]);
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** Fields at fixed places, numbers in octal; the sum is over the head with blanks in its own place. */
function headOf(name: string, size: number): Buffer {
  const head = Buffer.alloc(BLOCK);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  head.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  head.write('00000000000\0', 136);
  head.write('        0', 148);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}
