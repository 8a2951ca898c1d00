/**
 * The 26 symbols that stand for a UUID in a TypeID (https://github.com/jetify-com/typeid/tree/main/spec).
 * Every id of every answer is written here: typeid-js takes five times as long.
 */
const symbols = "0123456789abcdefghjkmnpqrstvwxyz";
const digits = "0123456789abcdef";
const none = 255;

/** Ten bits each. */
const pairs = Array.from({ length: 1024 }, (_, n) => symbols.charAt(n >> 5) + symbols.charAt(n & 31));
const octets = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));
const valueOfDigit = valuesOf(digits);
const valueOfSymbol = valuesOf(symbols);
/** Where a UUID has its 32 digits. */
const digitPlaces = [...octets.slice(0, 16).join("")].map(
  (_, n) => n + [8, 12, 16, 20].filter((at) => n >= at).length,
);

/** Lower case, as PostgreSQL writes it. */
export function base32FromUuid(uuid: string): string {
  let text = "";
  let bits = 0;
  let count = 2; // 26 symbols of five bits are two more than there are: zeros, in front.
  for (const place of digitPlaces) {
    bits = (bits << 4) | (valueOfDigit[uuid.charCodeAt(place)] as number);
    count += 4;
    if (count < 10) continue;
    count -= 10;
    text += pairs[(bits >> count) & 1023];
  }
  return text;
}

/** Null for what no UUID is written as. */
export function uuidFromBase32(text: string): string | null {
  if (text.length !== 26 || text.charAt(0) > "7") return null;
  let uuid = "";
  let bits = 0;
  let count = -2;
  for (let n = 0; n < 26; n++) {
    const value = valueOfSymbol[text.charCodeAt(n)] ?? none;
    if (value === none) return null;
    bits = (bits << 5) | value;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    uuid += octets[(bits >> count) & 255];
    if (uuid.length === 8 || uuid.length === 13 || uuid.length === 18 || uuid.length === 23) uuid += "-";
  }
  return uuid;
}

function valuesOf(alphabet: string): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => {
    const value = alphabet.indexOf(String.fromCharCode(code));
    return value < 0 ? none : value;
  });
}
