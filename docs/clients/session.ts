export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const refreshSession = `mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) { accessToken refreshToken }
}`;

/** One login: every request and every socket of the page shares it. */
export class Session {
  private refreshing: Promise<boolean> | null = null;

  constructor(
    private readonly url: string,
    private tokens: Tokens | null,
    /** Called with new tokens, and with null when the user has to log in again. */
    private readonly store: (tokens: Tokens | null) => void = () => {},
  ) {}

  /** For the Authorization header and for connection_init. */
  get authorization(): string | undefined {
    return this.tokens ? `Bearer ${this.tokens.accessToken}` : undefined;
  }

  /** Replaces the tokens after `refused` was refused. False: the user has to log in again. */
  refresh(refused: string | undefined): Promise<boolean> {
    if (!this.tokens) return Promise.resolve(false);
    // Another call has refreshed them since: send the request again with the new one.
    if (refused !== this.authorization) return Promise.resolve(true);
    this.refreshing ??= this.rotate(this.tokens.refreshToken).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  set(tokens: Tokens | null): void {
    this.tokens = tokens;
    this.store(tokens);
  }

  /** Throws when there is no answer: the tokens are still good then, and can be refreshed later. */
  private async rotate(refreshToken: string): Promise<boolean> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: refreshSession, variables: { input: { refreshToken } } }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { refreshSession: Tokens } | null;
      errors?: { message: string; extensions: { code: string } }[];
    };
    if (data) this.set(data.refreshSession);
    else if (errors?.[0]?.extensions.code === "UNAUTHENTICATED") this.set(null);
    else throw new Error(errors?.[0]?.message);
    return data != null;
  }
}
