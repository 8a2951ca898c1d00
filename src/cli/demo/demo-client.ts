import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { CommandFailed } from "../fail.js";

interface ApiError {
  message: string;
  extensions?: { code?: string };
}

interface Answer<T> {
  data?: T | null;
  errors?: readonly ApiError[];
}

const answerMaxMs = 30_000;
const uploadMaxMs = 120_000;

/** The API as a front end uses it: HTTP for queries and mutations, a WebSocket for the live part. */
export class DemoClient {
  token: string | null = null;

  constructor(private readonly url: string) {}

  async ask<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<T> {
    const body = JSON.stringify({ query: print(document), variables });
    return this.post(body, { "content-type": "application/json" }, answerMaxMs);
  }

  /**
   * Uploads a file for the variable `input.file`, by the GraphQL multipart request specification
   * (https://github.com/jaydenseric/graphql-multipart-request-spec). It is streamed from the disk.
   */
  async upload<T, V>(document: TypedDocumentNode<T, V>, path: string): Promise<T> {
    const form = new FormData();
    form.set("operations", JSON.stringify({ query: print(document), variables: { input: { file: null } } }));
    form.set("map", JSON.stringify({ 0: ["variables.input.file"] }));
    form.set("0", await openAsBlob(path), basename(path));
    return this.post(form, { "apollo-require-preflight": "true" }, uploadMaxMs);
  }

  private async post<T>(body: string | FormData, headers: Record<string, string>, maxMs: number): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { ...headers, ...(this.token && { authorization: `Bearer ${this.token}` }) },
      body,
      signal: AbortSignal.timeout(maxMs),
    }).catch(() => {
      throw new CommandFailed(`There is no SkyRiff server at ${this.url}.`);
    });
    const answer = (await response.json().catch(() => {
      throw new CommandFailed(`What answers at ${this.url} is no SkyRiff server.`);
    })) as Answer<T>;
    return dataOf(answer);
  }

  async *subscribe<T, V extends Record<string, unknown>>(
    document: TypedDocumentNode<T, V>,
    variables: V,
  ): AsyncGenerator<T> {
    const client = createClient({
      url: `${this.url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.token ? { authorization: `Bearer ${this.token}` } : {},
    });
    try {
      for await (const answer of client.iterate<T>({ query: print(document), variables }))
        yield dataOf(answer);
    } catch (error) {
      throw subscriptionFailure(error);
    } finally {
      await client.dispose();
    }
  }
}

/** A refused operation comes as a list of errors, a closed connection as a close event. */
function subscriptionFailure(error: unknown): unknown {
  if (Array.isArray(error)) return failureOf(error[0] as ApiError);
  if (error instanceof Error) return error;
  const { code, reason } = error as { code?: number; reason?: string };
  return new CommandFailed(`The server closed the connection: ${reason || "no reason given"} (${code}).`);
}

function failureOf({ message, extensions }: ApiError): CommandFailed {
  return new CommandFailed(`${message} (${extensions?.code ?? "no code"})`);
}

function dataOf<T>({ data, errors }: Answer<T>): T {
  const [error] = errors ?? [];
  if (error) throw failureOf(error);
  if (!data) throw new CommandFailed("The server gave an empty answer.");
  return data;
}
