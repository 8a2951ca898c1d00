import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { CommandFailed } from "../say-and-exit.js";

interface ApiError {
  message: string;
  extensions?: { code?: string };
}

interface Answer<T> {
  data?: T | null;
  errors?: readonly ApiError[];
}

const answerMaxMs = 30_000;

/** The API as a front end uses it: HTTP for queries and mutations, a WebSocket for the live part. */
export class DemoClient {
  token: string | null = null;

  constructor(private readonly url: string) {}

  async ask<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<T> {
    const headers = {
      "content-type": "application/json",
      ...(this.token && { authorization: `Bearer ${this.token}` }),
    };
    const body = JSON.stringify({ query: print(document), variables });
    const signal = AbortSignal.timeout(answerMaxMs);
    const response = await fetch(`${this.url}/graphql`, { method: "POST", headers, body, signal }).catch(
      () => {
        throw new CommandFailed(`There is no SkyRiff server at ${this.url}.`);
      },
    );
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
