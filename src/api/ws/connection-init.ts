/**
 * The payload of connection_init. Browsers cannot set headers on a WebSocket, so clients send them here:
 * in upper or lower case, directly or in an object `headers`.
 */
export class ConnectionInit {
  constructor(private readonly payload: Readonly<Record<string, unknown>>) {}

  /** Unchecked. The caller rejects everything but a Bearer token. */
  get authorization(): unknown {
    return this.find("authorization");
  }

  get language(): string | undefined {
    const requested = ["acceptLanguage", "accept-language", "language"].map((name) => this.find(name));
    return requested.find((language) => typeof language === "string");
  }

  private find(name: string): unknown {
    const { headers } = this.payload;
    return findKey(this.payload, name) || (isRecord(headers) ? findKey(headers, name) : undefined);
  }
}

function findKey(record: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = Object.keys(record).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : record[key];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
