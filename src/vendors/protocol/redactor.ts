/** Removes secrets from a vendor's texts and truncates them. */
export class Redactor {
  constructor(private readonly secrets: readonly string[]) {}

  with(secret: string): Redactor {
    return new Redactor([...this.secrets, secret]);
  }

  clean(text: string, lengthMax: number): string {
    const forms = this.secrets.filter(Boolean).flatMap((secret) => [secret, encodeURIComponent(secret)]);
    const redacted = forms.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
    const cleaned = redacted.replace(/\bBearer\s+[\w.~+/=-]+/gi, "Bearer [redacted]").replaceAll("\0", "");
    return cleaned.slice(0, lengthMax).toWellFormed();
  }
}
