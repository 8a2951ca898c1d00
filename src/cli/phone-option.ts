import { InvalidArgumentError } from "commander";

/** A phone number on the command line. The database says whether a user has it. */
export function e164(text: string): string {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) {
    throw new InvalidArgumentError(
      "It must be in E.164 form: a plus sign, the country code and the number, without spaces: +8613800138000.",
    );
  }
  return text;
}
