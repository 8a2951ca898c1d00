import { readFileSync } from "node:fs";
import { join } from "node:path";

const lengthMin = 6;
/** What a login answers with, and a request for a code made on this machine. Nothing else may. */
const ownTokens = /"(accessToken|refreshToken|developmentCode)":"[^"]*"/g;
/** The one line in which a code may stand: the log is the phone. */
const consoleSms = /login code for \+\d+\*{4}\d{4}: \d{6}/g;

/**
 * Knows every secret of one product: what its settings hold, what it made itself, and what its users got.
 * Whatever the product says goes by here, and what holds a secret is remembered until the product is
 * closed, which then fails.
 */
export class SecretWatch {
  private static readonly byUrl = new Map<string, SecretWatch>();
  private readonly secrets = new Map<string, string>();
  /** Of these an answer to a client may not speak either; operators may read them. */
  private readonly inside = new Map<string, string>();
  private readonly reading: Promise<void>[] = [];
  readonly leaks: string[] = [];

  constructor(settings: Record<string, string | undefined>) {
    for (const [name, value = ""] of Object.entries(settings)) {
      if (/SECRET|_KEY$|PASSWORD|TOKEN/.test(name)) for (const one of value.split(",")) this.add(name, one);
      // An address may name several hosts, which the URL class does not read.
      if (/URL$/.test(name))
        this.add(`the password of ${name}`, /:\/\/[^/?#]*?:([^/?#]*)@/.exec(value)?.[1] ?? "");
      if (/BASE_URL$/.test(name)) this.inside.set(value, "the vendor's address");
    }
    this.add("SMS_FIXED_CODE", settings.SMS_FIXED_CODE ?? "");
    if (settings.DATA_DIR) this.inside.set(settings.DATA_DIR, "a path");
  }

  /** The one that watches the product at this address, if there is one. */
  static at(url: string): SecretWatch | undefined {
    return SecretWatch.byUrl.get(url);
  }

  watch(url: string): void {
    SecretWatch.byUrl.set(url, this);
  }

  /** The secret that a product without AUTH_SECRET makes for itself. */
  readOwnSecret(dataDir: string): void {
    try {
      this.add("the secret in DATA_DIR", readFileSync(join(dataDir, "auth-secret"), "utf8"));
    } catch {
      // It was told one.
    }
  }

  add(what: string, secret: string): void {
    if (secret.length >= lengthMin) this.secrets.set(secret, what);
  }

  /** E.164; with or without its country. */
  addPhone(phone: string): void {
    this.add("a phone number", phone.slice(1));
    this.add("a phone number", phone.slice(3));
  }

  /** By its signature: no part of a token is worth anything without. */
  addToken(token: string): void {
    this.add("a token", token.split(".").at(-1) ?? "");
  }

  /** Logs, figures, what a process prints. */
  check(where: string, text: string): void {
    const said = text.replaceAll(consoleSms, "");
    for (const [secret, what] of this.secrets)
      if (holds(said, secret)) this.leaks.push(`${what} in ${where}`);
  }

  checkAnswer(text: string): void {
    const said = text.replaceAll(ownTokens, "");
    for (const [secret, what] of [...this.secrets, ...this.inside]) {
      // Six digits can stand for anything in an answer.
      if (!/^\d{6}$/.test(secret) && holds(said, secret))
        this.leaks.push(`${what} in an answer: ${said.slice(0, 300)}`);
    }
  }

  /** Beside whoever asked for it. */
  readAnswer(answer: Response): void {
    const cutShort = () => {};
    this.reading.push(answer.text().then((text) => this.checkAnswer(text), cutShort));
  }

  /** Throws when anything was seen. */
  async end(): Promise<void> {
    await Promise.all(this.reading);
    for (const [url, watch] of SecretWatch.byUrl) if (watch === this) SecretWatch.byUrl.delete(url);
    if (this.leaks.length > 0) throw new Error(`secrets were seen: ${[...new Set(this.leaks)].join("; ")}`);
  }
}

let isFetchWatched = false;

/** Every JSON answer that a product gives over HTTP is searched, whichever test requested it. */
export function watchFetch(): void {
  if (isFetchWatched) return;
  isFetchWatched = true;
  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (...call) => {
    const response = await plainFetch(...call);
    const watch = response.url === "" ? undefined : SecretWatch.at(new URL(response.url).origin);
    if (watch && /json/.test(response.headers.get("content-type") ?? "")) watch.readAnswer(response.clone());
    return response;
  };
}

function holds(text: string, secret: string): boolean {
  if (!/^\d+$/.test(secret)) return text.includes(secret);
  // A number that is a part of a longer one is another number.
  return new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(text);
}
