/**
 * The payload of connection_init. Browsers set no headers on a WebSocket, so clients write theirs here, in
 * any case, some in an object `headers`.
 */
export class ConnectionInit {
  constructor(private readonly payload: Readonly<Record<string, unknown>>) {}

  /** As it is given: anything but a Bearer token is refused further on. */
  get authorization(): unknown {
    return this.find("authorization");
  }

  get language(): string | undefined {
    const wishes = ["acceptLanguage", "accept-language", "language"].map((name) => this.find(name));
    return wishes.find((wish) => typeof wish === "string");
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
