import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient, type Client as SocketClient } from "graphql-ws";
import { WebSocket } from "ws";
import { LoginDocument, type LoginMutation, RequestLoginCodeDocument } from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";

export interface ApiError {
  message: string;
  extensions: { code: string } & Record<string, unknown>;
}

export interface ApiResult<T> {
  data?: T | null;
  errors?: ApiError[];
}

export interface ApiResponse<T> extends ApiResult<T> {
  status: number;
  headers: Headers;
}

export type ApiDocument<T, V> = TypedDocumentNode<T, V> | string;

export interface ApiClientOptions {
  /** For the whole response. Uploads have at least two minutes. Default: 30 s. */
  timeoutMs?: number;
  /** How often a lost WebSocket is opened again. Default: 5 times. */
  retryAttempts?: number;
  /** Called with each message that arrives over the WebSocket. */
  onMessage?(message: unknown): void;
}

const uploadTimeoutMs = 120_000;

/** The API as a front end uses it: HTTP for queries, mutations and uploads, a WebSocket for subscriptions. */
export class ApiClient {
  token: string | null = null;
  /** The `Accept-Language` of its WebSocket. */
  language: string | null = null;
  private socket: SocketClient | null = null;

  constructor(
    readonly url: string,
    private readonly options: ApiClientOptions = {},
  ) {}

  /** `code` is read after the server has sent it. */
  async logIn(phone: string, code: string | (() => Promise<string>)): Promise<LoginMutation["login"]> {
    await this.request(RequestLoginCodeDocument, { input: { phone } });
    const input = { phone, code: typeof code === "string" ? code : await code() };
    const { login } = await this.request(LoginDocument, { input });
    this.token = login.accessToken;
    return login;
  }

  /** The data. Throws `RequestFailed` if the response has errors. */
  async request<T, V>(document: ApiDocument<T, V>, variables?: V): Promise<T> {
    return dataOf(await this.rawRequest(document, variables));
  }

  /** The response with its errors, status and headers. */
  rawRequest<T, V>(
    document: ApiDocument<T, V>,
    variables?: V,
    headers: Record<string, string> = {},
  ): Promise<ApiResponse<T>> {
    const body = JSON.stringify({ query: toText(document), variables });
    return this.post(body, { "content-type": "application/json", ...headers }, 0);
  }

  /**
   * Uploads a file for the variable `input.file`, by the GraphQL multipart request specification
   * (https://github.com/jaydenseric/graphql-multipart-request-spec).
   */
  async upload<T, V>(document: ApiDocument<T, V>, file: Blob, filename: string): Promise<T> {
    const form = new FormData();
    const variables = { input: { file: null } };
    form.set("operations", JSON.stringify({ query: toText(document), variables }));
    form.set("map", JSON.stringify({ 0: ["variables.input.file"] }));
    form.set("0", file, filename);
    return dataOf(await this.post<T>(form, { "apollo-require-preflight": "true" }, uploadTimeoutMs));
  }

  /** The results as they arrive. All subscriptions of a client share one WebSocket, which closes after the last. */
  subscribe<T, V extends Record<string, unknown>>(
    document: ApiDocument<T, V>,
    variables: V,
  ): AsyncIterableIterator<ApiResult<T>> {
    const { retryAttempts, onMessage } = this.options;
    this.socket ??= createClient({
      url: `${this.url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: {
        ...this.authorization(),
        ...(this.language && { acceptLanguage: this.language }),
      },
      retryAttempts,
      on: { message: onMessage },
    });
    return this.socket.iterate<T>({ query: toText(document), variables }) as never;
  }

  async disconnect(): Promise<void> {
    await this.socket?.dispose();
    this.socket = null;
  }

  private authorization(): { authorization?: string } {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  private async post<T>(
    body: string | FormData,
    headers: Record<string, string>,
    timeoutMinMs: number,
  ): Promise<ApiResponse<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { ...this.authorization(), ...headers },
      body,
      signal: AbortSignal.timeout(Math.max(timeoutMinMs, this.options.timeoutMs ?? 30_000)),
    }).catch((cause) => {
      throw new CommandFailed(`There is no SkyRiff server at ${this.url}.`, { cause });
    });
    const result = await response.json().catch((cause) => {
      throw new CommandFailed(`The response from ${this.url} is not from a SkyRiff server.`, { cause });
    });
    return { ...(result as ApiResult<T>), status: response.status, headers: response.headers };
  }
}

/** The server answered with errors. The message names the first one and its code. */
export class RequestFailed extends CommandFailed {
  constructor(readonly errors: readonly ApiError[]) {
    super(
      errors.map(({ message, extensions }) => `${message} (${extensions?.code ?? "no code"})`).join("; "),
    );
  }
}

export function dataOf<T>({ data, errors }: ApiResult<T>): T {
  if (errors) throw new RequestFailed(errors);
  if (!data) throw new CommandFailed("The server sent an empty response.");
  return data;
}

function toText(document: ApiDocument<unknown, never>): string {
  return typeof document === "string" ? document : print(document);
}
