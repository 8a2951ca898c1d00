/** A position in PostgreSQL's write-ahead log, such as "16/B374D848", as a comparable number. */
export function walPosition(text: string): bigint {
  const [high = "", low = ""] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
