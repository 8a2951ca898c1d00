/**
 * The number that the API takes, from one that a person or a password manager wrote: with spaces and dashes,
 * with 00 instead of +, or a mainland China number without its country.
 */
export function toE164(text: string): string {
  const number = text.normalize("NFKC").replace(/[^\d+]/g, "");
  if (number.startsWith("+")) return number;
  if (number.startsWith("00")) return `+${number.slice(2)}`;
  if (/^1\d{10}$/.test(number)) return `+86${number}`;
  if (/^861\d{10}$/.test(number)) return `+${number}`;
  return number;
}
