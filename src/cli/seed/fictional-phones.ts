import { parsePhoneNumberFromString } from "libphonenumber-js/max";

/**
 * The North American numbering plan reserves 555-0100 to 555-0199 of every area code for fiction, so these numbers
 * cannot belong to people (https://en.wikipedia.org/wiki/555_(telephone_number)).
 */
const linesOfAreaCode = 100;

/** Found when they are needed, not at the start of every command. */
let areaCodes: number[] | null = null;

function findAreaCodes(): number[] {
  return Array.from({ length: 800 }, (_, n) => n + 200).filter((code) => {
    const number = parsePhoneNumberFromString(`+1${code}5550100`);
    return number?.isValid() && number.getType() === "FIXED_LINE_OR_MOBILE";
  });
}

/** One of them, chosen by `draw` among `count`. */
export function fictionalPhone(draw: (count: number) => number): string {
  areaCodes ??= findAreaCodes();
  const n = draw(areaCodes.length * linesOfAreaCode);
  const line = String(n % linesOfAreaCode).padStart(2, "0");
  return `+1${areaCodes[Math.floor(n / linesOfAreaCode)]}55501${line}`;
}
