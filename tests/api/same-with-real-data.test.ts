import fc from "fast-check";
import { execute, type GraphQLSchema, OperationTypeNode, parse } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newContext } from "../../src/api/http/context.js";
import { ErrorFormatter } from "../../src/api/http/format-error.js";
import { openSchema } from "../../src/app/api.js";
import { Shutdown } from "../../src/app/shutdown.js";
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
let closers: Shutdown;
let ids: string[];
beforeAll(async () => {
  product = await startProduct();
  ana = await product.user();
  const { createProject } = await ana.get(CreateProjectDocument, { input: { name: "Cats" } });
  const projectId = createProject.project.id;
  const tasks = [await create(ana, { projectId, note: "mine" }), await create(ana), await create(ana)];
  for (const task of tasks) expect((await ended(ana, task)).status).toBe("SUCCESS");
  const owned = await ana.get<
    Record<
      "videos" | "wallet",
      { nodes: { id: string }[]; id: string; entries: { nodes: { id: string }[] } }
    >,
    unknown
  >("{ videos { nodes { id } } wallet { id entries { nodes { id } } } }");
  const { me } = await ana.get(MeDocument);
  const entries = owned.wallet.entries.nodes.map(({ id }) => id).slice(0, 2);
  ids = [me.id, projectId, ...tasks, ...owned.videos.nodes.map(({ id }) => id), owned.wallet.id, ...entries];
  closers = new Shutdown(product.core.logger);
  schema = await openSchema(product.core, closers);
});
afterAll(async () => {
  await closers.close();
  await product.close();
});

interface Told {
  data?: unknown;
  errors?: { extensions?: Record<string, unknown> }[];
}

/** Fields in their order; errors in any order and without their ids. */
function comparable({ data, errors }: Told): string {
  const told = errors?.map(({ extensions, ...error }) => {
    const { errorId: _, ...facts } = extensions ?? {};
    return JSON.stringify({ ...error, extensions: facts });
  });
  return JSON.stringify({ data, errors: told?.toSorted() });
}

async function byGraphql({ query, operationName, variables }: RandomOperation): Promise<Told> {
  const session = await product.core.accounts.authenticate(ana.token ?? "");
  const info = newRequestInfo("");
  const result = await execute({
    schema,
    document: parse(query),
    operationName,
    variableValues: variables,
    contextValue: newContext(session, { language: "en", address: "127.0.0.1", isFromThisMachine: true }),
  });
  const formatter = new ErrorFormatter(product.core.logger, true);
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
