import { InvalidArgumentError } from "commander";

/** What the command line takes as a phone number. Whether somebody has it is for the database to say. */
export function e164(text: string): string {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) {
    throw new InvalidArgumentError(
      "It must be in E.164 form: a plus sign, the country code and the number, without spaces: +8613800138000.",
    );
  }
  return text;
}
