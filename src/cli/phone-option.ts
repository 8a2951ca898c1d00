import { InvalidArgumentError } from "commander";

/** A phone number as the option of a command. It need not belong to a user. */
export function e164(text: string): string {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) {
    throw new InvalidArgumentError(
      "It must be in E.164 form: a plus sign, the country code and the number, without spaces: +8613800138000.",
    );
  }
  return text;
}
