/** Cuts secrets out of texts that come from a vendor, and the texts to a sane length. */
export class Redactor {
  constructor(private readonly secrets: readonly string[]) {}

  /** The same, for a call that carries one more secret. */
  with(secret: string): Redactor {
    return new Redactor([...this.secrets, secret]);
  }

  clean(text: string, lengthMax: number): string {
    const forms = this.secrets.filter(Boolean).flatMap((secret) => [secret, encodeURIComponent(secret)]);
    const without = forms.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
    const tidy = without.replace(/\bBearer\s+[\w.~+/=-]+/gi, "Bearer [redacted]").replaceAll("\0", "");
    return tidy.slice(0, lengthMax).toWellFormed();
  }
}
