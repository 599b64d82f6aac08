/** Bech32 (BIP 173) without its length limit, as age writes recipients and identities. */
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = Uint32Array.of(0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3);

/** Encodes in lower case. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const { whole, rest, bits } = regroup(bytes, 8, 5);
  const data = bits > 0 ? [...whole, rest] : whole;
  const check = checksum([...expand(prefix), ...data, 0, 0, 0, 0, 0, 0]) ^ 1;
  const tail = [25, 20, 15, 10, 5, 0].map((shift) => (check >> shift) & 31);
  return `${prefix}1${[...data, ...tail].map((word) => ALPHABET[word]).join('')}`;
}

/** The bytes under exactly this prefix; null for mixed case, a wrong checksum or left-over bits. */
export function decodeBech32(prefix: string, text: string): Uint8Array | null {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return null;
  if (!lower.startsWith(`${prefix}1`)) return null;
  const words = [...lower.slice(prefix.length + 1)].map((character) => ALPHABET.indexOf(character));
  if (words.length < 6 || words.includes(-1)) return null;
  if (checksum([...expand(prefix), ...words]) !== 1) return null;
  const { whole, rest, bits } = regroup(words.slice(0, -6), 5, 8);
  return bits >= 5 || rest !== 0 ? null : Uint8Array.from(whole);
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map((character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (let bit = 0; bit < GENERATORS.length; bit += 1) if ((top >> bit) & 1) sum ^= GENERATORS[bit] ?? 0;
  }
  return sum;
}

/** Regroups into words of `to` bits; `bits` left-over bits form a word of their own, padded with zeros. */
function regroup(values: Iterable<number>, from: number, to: number): { whole: number[]; rest: number; bits: number } {
  const whole: number[] = [];
  let [buffer, bits] = [0, 0];
  for (const value of values) {
    buffer = ((buffer << from) | value) & 0xfff;
    for (bits += from; bits >= to; ) {
      bits -= to;
      whole.push((buffer >> bits) & ((1 << to) - 1));
    }
  }
  return { whole, rest: (buffer << (to - bits)) & ((1 << to) - 1), bits };
}
