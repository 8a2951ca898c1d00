/** Of a unified social credit code (GB 32100-2015); each character stands for its position. */
const creditCodeCharacters = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** Texts like this are codes. Names of companies look different. */
const codeLike = /^[0-9A-Z]{20,}$/;
/** A rule's number, the kind of subject (1: an organization), its 18 characters, and five for the service. */
const codeForm = /^001([0-9])([0-9A-Z]{18})[0-9A-Z]{5}$/;

/**
 * Whether a text is a name, or a code of 27 characters as GB 45438-2025 describes it. The unified social credit code in
 * an organization's code is checked, because a mistyped one would name another company.
 */
export function isProducer(text: string): boolean {
  if (!codeLike.test(text)) return true;
  const [, kind, subject = ""] = codeForm.exec(text) ?? [];
  return kind !== undefined && (kind !== "1" || isCreditCode(subject));
}

function isCreditCode(code: string): boolean {
  const values = [...code].map((character) => creditCodeCharacters.indexOf(character));
  if (values.includes(-1)) return false;
  const sum = values.slice(0, -1).reduce((total, value, at) => total + value * (3 ** at % 31), 0);
  return values.at(-1) === (31 - (sum % 31)) % 31;
}
