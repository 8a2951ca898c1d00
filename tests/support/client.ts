import { ApiClient, type ApiDocument, type ApiError, type ApiResult } from "../../src/cli/demo/api-client.js";
import type { LoginMutation } from "../../src/generated/operations.js";
import { SecretWatch } from "./secret-watch.js";

export type { ApiError, ApiResult };

/** The demo's client, watched for secrets, with the shortcuts that tests need. */
export class Client extends ApiClient {
  refreshToken: string | null = null;
  userId = "";

  constructor(url: string) {
    const onMessage = (message: unknown) =>
      SecretWatch.at(url)?.checkAnswer(JSON.stringify(message), this.token);
    super(url, { timeoutMs: 300_000, retryAttempts: 0, onMessage });
  }

  override async logIn(phone: string, code: string): Promise<LoginMutation["login"]> {
    const watch = SecretWatch.at(this.url);
    watch?.addPhone(phone);
    const login = await super.logIn(phone, code);
    this.refreshToken = login.refreshToken;
    this.userId = login.user.id;
    watch?.addToken(login.accessToken);
    watch?.addToken(login.refreshToken);
    return login;
  }

  /** Data and errors, as GraphQL's `execute` returns them. */
  async execute<T, V>(
    document: ApiDocument<T, V>,
    variables?: V,
    headers?: Record<string, string>,
  ): Promise<ApiResult<T>> {
    const { status: _, headers: __, ...result } = await this.rawRequest(document, variables, headers);
    return result;
  }

  /** The code of the first error, or undefined. */
  async errorCode<T, V>(document: ApiDocument<T, V>, variables?: V): Promise<string | undefined> {
    return (await this.execute(document, variables)).errors?.[0]?.extensions.code;
  }

  /** A second client of the same user. */
  sameUser(language: string | null = null): Client {
    return Object.assign(new Client(this.url), { token: this.token, userId: this.userId, language });
  }
}
