import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient, type Client as SocketClient } from "graphql-ws";
import { WebSocket } from "ws";
import { LoginDocument, RequestLoginCodeDocument } from "../../src/generated/operations.js";
import { SecretWatch } from "./secret-watch.js";

export interface ApiError {
  message: string;
  extensions: { code: string } & Record<string, unknown>;
}

export interface Answer<T> {
  data: T | null;
  errors?: ApiError[];
}

/** A front end that uses HTTP and a WebSocket, logged in or not. */
export class Client {
  token: string | null = null;
  refreshToken: string | null = null;
  userId = "";
  /** The Accept-Language of its WebSocket. */
  language: string | null = null;
  private socket: SocketClient | null = null;

  constructor(readonly url: string) {}

  async logIn(phone: string, code: string): Promise<void> {
    this.watch?.addPhone(phone);
    await this.get(RequestLoginCodeDocument, { input: { phone } });
    const { login } = await this.get(LoginDocument, { input: { phone, code } });
    this.token = login.accessToken;
    this.refreshToken = login.refreshToken;
    this.userId = login.user.id;
    this.watch?.addToken(login.accessToken);
    this.watch?.addToken(login.refreshToken);
  }

  private get watch(): SecretWatch | undefined {
    return SecretWatch.at(this.url);
  }

  /** The whole response, including errors. */
  async ask<T, V>(
    document: TypedDocumentNode<T, V> | string,
    variables?: V,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const { status: _, headers: __, ...answer } = await this.askWithHeaders(document, variables, headers);
    return answer;
  }

  /** The response with its status and headers. */
  async askWithHeaders<T, V>(
    document: TypedDocumentNode<T, V> | string,
    variables?: V,
    headers: Record<string, string> = {},
  ): Promise<Answer<T> & { status: number; headers: Headers }> {
    const query = typeof document === "string" ? document : print(document);
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const { status, headers: answered } = response;
    return { ...((await response.json()) as Answer<T>), status, headers: answered };
  }

  /** The data. Throws if there are errors. */
  async get<T, V>(document: TypedDocumentNode<T, V> | string, variables?: V): Promise<T> {
    const { data, errors } = await this.ask<T, V>(document, variables);
    if (errors || !data) throw Object.assign(new Error(JSON.stringify(errors)), { errors });
    return data;
  }

  /** The code of the first error, or undefined. */
  async codeOf<T, V>(document: TypedDocumentNode<T, V> | string, variables?: V): Promise<string | undefined> {
    return (await this.ask(document, variables)).errors?.[0]?.extensions.code;
  }

  subscribe<T, V extends Record<string, unknown>>(
    document: TypedDocumentNode<T, V> | string,
    variables: V,
  ): AsyncIterableIterator<{ data?: T | null; errors?: unknown }> {
    this.socket ??= createClient({
      url: `${this.url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(this.language && { acceptLanguage: this.language }),
      },
      retryAttempts: 0,
      on: { message: (message) => this.watch?.checkAnswer(JSON.stringify(message)) },
    });
    const query = typeof document === "string" ? document : print(document);
    return this.socket.iterate<T>({ query, variables }) as never;
  }

  /** A second client of the same user. */
  sameUser(language: string | null = null): Client {
    return Object.assign(new Client(this.url), { token: this.token, userId: this.userId, language });
  }

  async disconnect(): Promise<void> {
    await this.socket?.dispose();
    this.socket = null;
  }
}
