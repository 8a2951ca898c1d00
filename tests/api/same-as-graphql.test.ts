import fc from "fast-check";
import {
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
  subscribe,
} from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Compiler } from "../../src/api/graphql/operations/compile.js";
import { toContext } from "../../src/api/http/context.js";
import { ErrorFormatter } from "../../src/api/http/format-error.js";
import { createSchema } from "../../src/app/schema.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import { newRequestInfo } from "../../src/platform/observability/request-info.js";
import { makeEcho } from "../support/echo-schema.js";
import { type RandomOperation, randomOperations } from "../support/random-operations.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

/** `npm run test:operations` runs thousands of each kind. */
const runs = Number(process.env.RANDOM_OPERATIONS ?? 120);
/** More often than it takes until an operation is compiled. */
const often = 5;

const limits = { queryCostMax: 1e9, aliasesMax: 1_000, directivesMax: 1_000, documentFieldsMax: 1e6 };

let schema: GraphQLSchema;
let edge: EdgeApp;
let formatter: ErrorFormatter;
beforeAll(async () => {
  schema = makeEcho(await createSchema([]));
  edge = await startEdge({ schema, limits });
  const nowhere = { write: () => {} };
  formatter = new ErrorFormatter(
    await createLogger({ level: "fatal", pretty: false, destination: nowhere }),
    true,
  );
});
afterAll(() => edge.close());

interface Told {
  data?: unknown;
  errors?: { extensions?: { errorId?: string } }[];
}

/** The same text for the same answer, fields in their order; errors in any order and without their ids. */
function comparable({ data, errors }: Told): string {
  const told = errors?.map(({ extensions, ...error }) => {
    const { errorId: _, ...facts } = extensions ?? {};
    return JSON.stringify({ ...error, extensions: facts });
  });
  return JSON.stringify({ data, errors: told?.toSorted() });
}

function argumentsFor(userId: string, { query, operationName, variables }: RandomOperation) {
  const session = { userId, sessionId: `session-of-${userId}`, expiresAt: new Date(8e15) };
  return {
    schema,
    document: parse(query),
    operationName,
    variableValues: variables,
    contextValue: toContext(session, {
      language: "en",
      address: "127.0.0.1",
      isFromThisMachine: () => true,
    }),
  };
}

async function byGraphql(userId: string, operation: RandomOperation): Promise<Told> {
  const args = argumentsFor(userId, operation);
  const isSubscription =
    getOperationAST(args.document, operation.operationName)?.operation === "subscription";
  const result = isSubscription ? await firstOf(await subscribe(args)) : await execute(args);
  const errors = result.errors?.map((error) => formatter.format(error, newRequestInfo("")));
  return { ...result, errors } as Told;
}

async function firstOf(events: AsyncIterable<ExecutionResult> | ExecutionResult): Promise<ExecutionResult> {
  if (!(Symbol.asyncIterator in events)) return events;
  for await (const event of events) return event;
  throw new Error("there was no event");
}

async function overHttp(userId: string, operation: RandomOperation): Promise<Told> {
  const response = await fetch(`${edge.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${userId}` },
    body: JSON.stringify(operation),
  });
  return (await response.json()) as Told;
}

/** Several times over one socket. */
async function overSocket(userId: string, operation: RandomOperation, count: number): Promise<Told[]> {
  const client = edge.client({ connectionParams: { authorization: `Bearer ${userId}` }, lazy: false });
  const told: Told[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      const answers = client.iterate(operation);
      told.push(await answers.next().then(({ value }) => value as Told, refused));
      await answers.return?.();
    }
  } finally {
    await client.dispose();
  }
  return told;
}

/** The payload of a message of type error. */
function refused(errors: unknown): Told {
  if (!Array.isArray(errors)) throw errors;
  return { errors };
}

async function mustBeTheSame(operation: RandomOperation, userId: string, bySocket: boolean): Promise<void> {
  const expected = await byGraphql(userId, operation);
  const answers = bySocket ? await overSocket(userId, operation, often) : [];
  while (answers.length < often) answers.push(await overHttp(userId, operation));
  for (const [n, answer] of answers.entries())
    expect(comparable(answer), `time ${n + 1}`).toBe(comparable(expected));
}

const kinds = [
  ["queries", OperationTypeNode.QUERY],
  ["mutations", OperationTypeNode.MUTATION],
  ["subscriptions", OperationTypeNode.SUBSCRIPTION],
] as const;

test.each(kinds)(
  "%s are answered each time as graphql's own execution answers them",
  { timeout: 3_600_000 },
  async (_, kind) => {
    const asked = fc.record({
      operation: randomOperations({ schema, operation: kind }),
      seed: fc.nat(),
      failing: fc.boolean(),
      bySocket: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(asked, ({ operation, seed, failing, bySocket }) =>
        mustBeTheSame(
          operation,
          `user${seed}${failing ? "failing" : ""}`,
          bySocket || kind === OperationTypeNode.SUBSCRIPTION,
        ),
      ),
      { numRuns: runs, endOnFailure: true },
    );
  },
);

test("many of them are compiled", () => {
  const compiler = new Compiler(schema);
  const some = fc.sample(randomOperations({ schema, operation: OperationTypeNode.QUERY }), 200);
  const compiled = some.filter(({ query, operationName }) => {
    const document = parse(query);
    const operation = getOperationAST(document, operationName);
    return operation && compiler.compile(document, operation);
  });
  expect(compiled.length).toBeGreaterThan(50);
});
