import fc from "fast-check";
import { execute, type GraphQLSchema, OperationTypeNode, parse } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toContext } from "../../src/api/http/context.js";
import { ErrorFormatter } from "../../src/api/http/format-error.js";
import { openSchema } from "../../src/app/api.js";
import { CreateProjectDocument, MeDocument } from "../../src/generated/operations.js";
import { newRequestInfo } from "../../src/platform/observability/request-info.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { type RandomOperation, randomOperations } from "../support/random-operations.js";
import { create, ended } from "../support/tasks.js";

const runs = Number(process.env.RANDOM_OPERATIONS ?? 100);
const often = 5;

let product: Product;
let ana: Client;
let schema: GraphQLSchema;
let ids: string[];
beforeAll(async () => {
  product = await startProduct();
  ana = await product.user();
  const { createProject } = await ana.request(CreateProjectDocument, { input: { name: "Cats" } });
  const projectId = createProject.project.id;
  const tasks = [await create(ana, { projectId, note: "mine" }), await create(ana), await create(ana)];
  for (const task of tasks) expect((await ended(ana, task)).status).toBe("SUCCESS");
  const owned = await ana.request<
    Record<
      "videos" | "wallet",
      { nodes: { id: string }[]; id: string; entries: { nodes: { id: string }[] } }
    >,
    unknown
  >("{ videos { nodes { id } } wallet { id entries { nodes { id } } } }");
  const { me } = await ana.request(MeDocument);
  const entries = owned.wallet.entries.nodes.map(({ id }) => id).slice(0, 2);
  ids = [me.id, projectId, ...tasks, ...owned.videos.nodes.map(({ id }) => id), owned.wallet.id, ...entries];
  schema = await openSchema(product.app);
});
afterAll(async () => {
  await product.close();
});

interface Told {
  data?: unknown;
  errors?: { path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

/** The path of the null that an error led to: its own field, or the next nullable one above it. */
function pathOfNull(data: unknown, path: readonly (string | number)[]): (string | number)[] {
  let value = data;
  const reached: (string | number)[] = [];
  for (const key of path) {
    if (value === null || value === undefined) break;
    value = (value as Record<string | number, unknown>)[key];
    reached.push(key);
  }
  return reached;
}

/**
 * Fields in their order; errors in any order and without their ids. Of several errors that make the
 * same parent null, the specification reports any one: for such an error, only the null's path counts.
 */
function comparable({ data, errors }: Told): string {
  const told = errors?.map(({ extensions, ...error }) => {
    const { errorId: _, ...facts } = extensions ?? {};
    const nulled = pathOfNull(data, error.path ?? []);
    if (nulled.length < (error.path ?? []).length) return JSON.stringify({ nulled });
    return JSON.stringify({ ...error, extensions: facts });
  });
  return JSON.stringify({ data, errors: told?.toSorted() });
}

async function byGraphql({ query, operationName, variables }: RandomOperation): Promise<Told> {
  const session = await product.app.modules.accounts.service.authenticator.authenticate(ana.token ?? "");
  const info = newRequestInfo("");
  const result = await execute({
    schema,
    document: parse(query),
    operationName,
    variableValues: variables,
    contextValue: toContext(session, { language: "en", address: "127.0.0.1", isFromThisMachine: () => true }),
  });
  const formatter = new ErrorFormatter(product.app.logger, true);
  return { ...result, errors: result.errors?.map((error) => formatter.format(error, info)) } as Told;
}

async function overHttp(operation: RandomOperation): Promise<Told> {
  const response = await fetch(`${product.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ana.token}` },
    body: JSON.stringify(operation),
  });
  return (await response.json()) as Told;
}

test("queries for a user's own data always have the result of graphql's own execution", {
  timeout: 3_600_000,
}, async () => {
  let compared = 0;
  const asked = randomOperations({ schema, operation: OperationTypeNode.QUERY, ids });
  await fc.assert(
    fc.asyncProperty(asked, async (operation) => {
      const first = await overHttp(operation);
      if (first.errors?.some(({ extensions }) => extensions?.code === "QUERY_TOO_COMPLEX")) return;
      compared += 1;
      const expected = comparable(await byGraphql(operation));
      expect(comparable(first), "the first time").toBe(expected);
      for (let n = 1; n < often; n += 1)
        expect(comparable(await overHttp(operation)), `time ${n + 1}`).toBe(expected);
    }),
    { numRuns: runs, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(runs / 2);
});
