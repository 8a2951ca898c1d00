import fc from "fast-check";
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  visit,
} from "graphql";
import { compileQuery } from "graphql-jit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Compiler } from "../../src/api/graphql/operations/compile.js";
import { createSchema } from "../../src/app/schema.js";
import * as operations from "../../src/generated/operations.js";
import { CreateProjectDocument } from "../../src/generated/operations.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { randomOperations } from "../support/random-operations.js";
import { create } from "../support/tasks.js";

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** More uses than an operation needs to be compiled. */
const often = 7;

let product: Product;
let ana: Client;
let ids: { taskId: string; projectId: string };
beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
  const { createProject } = await ana.request(CreateProjectDocument, { input: { name: "Cats" } });
  const projectId = createProject.project.id;
  ids = { taskId: await create(ana, { projectId, note: "mine" }), projectId };
});
afterAll(() => product.close());

async function alwaysTheSame(query: string, variables?: Record<string, unknown>): Promise<void> {
  const first = await ana.execute(query, variables);
  for (let n = 1; n < often; n += 1)
    expect(await ana.execute(query, variables), `time ${n + 1}`).toEqual(first);
  for (const { extensions } of first.errors ?? []) expect(extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
}

test("a string in a document never becomes code, even if the compiler would treat it as code", async () => {
  const place = globalThis as { wasRun?: boolean };
  const date = "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d";
  const others = [
    "__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8",
    `$\{globalThis.wasRun=true}`,
    "'+(wasRun=true)+'",
  ];
  for (const text of [`${date}globalThis.wasRun=true`, ...others]) {
    await alwaysTheSame(`{ task(id: ${JSON.stringify(text)}) { id } }`);
    await alwaysTheSame(`query ($id: ID! = ${JSON.stringify(text)}) { task(id: $id) { id } }`);
  }
  expect(place.wasRun).toBeUndefined();
});

describe("a variable without a value is absent from the literal around it", () => {
  test("in a field of an input object, which has its default", async () => {
    const query =
      "mutation ($p: String!, $d: Int, $m: String) { createTask(input: {prompt: $p, durationSec: $d, model: $m}) { task { durationSec model } } }";
    for (let n = 0; n < often; n += 1)
      expect((await ana.request<{ createTask: unknown }, unknown>(query, { p: "a cat" })).createTask).toEqual(
        {
          task: { durationSec: 10, model: "sora2" },
        },
      );
  });

  test("in a field without a default, which is not changed", async () => {
    const query =
      "mutation ($n: String, $b: String) { updateProfile(input: {nickname: $n, bio: $b}) { user { nickname bio } } }";
    await ana.request(query, { n: "Ana", b: "cats" });
    for (let n = 0; n < often; n += 1)
      expect(await ana.request(query, { n: `Ana ${n}` })).toEqual({
        updateProfile: { user: { nickname: `Ana ${n}`, bio: "cats" } },
      });
  });

  test("in an object in a list", async () => {
    const bob = await product.user();
    const query =
      'mutation ($d: Int) { createTasks(input: {tasks: [{prompt: "a", durationSec: $d}]}) { tasks { durationSec } } }';
    for (let n = 0; n < often; n += 1)
      expect(await bob.request(query, {})).toEqual({ createTasks: { tasks: [{ durationSec: 10 }] } });
  });
});

test("a failed mutation ends those that come after it, also in a cached document", async () => {
  const query =
    'mutation ($name: String!) { cancelTask(input: {taskId: "task_x"}) { task { id } } createProject(input: {name: $name}) { project { id } } }';
  for (let n = 0; n < often; n += 1)
    expect(await ana.errorCode(query, { name: `after a failure ${n}` })).toBe("NOT_FOUND");
  const { projects } = await ana.request<{ projects: { nodes: { name: string }[] } }, unknown>(
    "{ projects { nodes { name } } }",
  );
  expect(projects.nodes.filter(({ name }) => name.startsWith("after a failure"))).toEqual([]);
});

test("two paths with the same joined name do not mix their fields", async () => {
  const query =
    "query ($p: ID!) { c_a: project(id: $p) { b: videos { nodes { id } } } a: project(id: $p) { b_c: videos { nodes { width task { id } } } } }";
  await alwaysTheSame(query, { p: ids.projectId });
});

test("@skip and @include of a spread apply to that spread only", async () => {
  const query =
    "query ($yes: Boolean!, $no: Boolean!) { a: me { ...F @include(if: $yes) } b: me { ...F @include(if: $no) id } c: me { ...F @skip(if: $yes) ...F } } fragment F on User { nickname bio }";
  await alwaysTheSame(query, { yes: true, no: false });
});

test("introspection always shows the real schema", () => alwaysTheSame("{ __schema { types { name } } }"));

test("a repeated operation returns the same errors", async () => {
  const visitor = product.client();
  const query = "{ me { id } wallet { credits } tasks { nodes { id } } }";
  const first = await visitor.execute(query);
  expect(first.errors).toHaveLength(1);
  for (let n = 1; n < often; n += 1) expect(await visitor.execute(query)).toEqual(first);
});

/** A few hundred tokens each, but expensive for a compiler that does not count first. */
const hostile: Record<string, string> = {
  "fragments that spread the next one twice": `{ pricing { ...f24 } } fragment f0 on Pricing { maxPromptLength } ${times(24, (i) => `fragment f${i + 1} on Pricing { ...f${i} ...f${i} }`)}`,
  "fragments that spread the next one twice, at the root": `{ ...f24 } fragment f0 on Query { pricing { maxPromptLength } } ${times(24, (i) => `fragment f${i + 1} on Query { ...f${i} ...f${i} }`)}`,
  "fragments that spread the next one in two inline fragments": `{ pricing { ...f20 } } fragment f0 on Pricing { maxPromptLength } ${times(20, (i) => `fragment f${i + 1} on Pricing { ... on Pricing { ...f${i} } ... { ...f${i} } }`)}`,
  "fragments below aliases": `{ ...f5 } fragment f0 on Query { pricing { maxPromptLength } } ${times(5, (i) => `fragment f${i + 1} on Query { ${times(4, (n) => `a${i}x${n}: pricing { maxPromptLength }`)} ...f${i} ...f${i} }`)}`,
  "fragments on every level": `{ me { ...u } tasks { nodes { ...t12 } } } fragment u on User { id } ${times(12, (i) => `fragment t${i + 1} on Task { ...t${i} project { videos { nodes { task { ...t0 ...t0 } } } } ...t${i} }`)} fragment t0 on Task { id }`,
  "interfaces in interfaces": `{ node(id: "x") { ${"... on LedgerEntry { subject { ".repeat(6)} __typename ${"} }".repeat(6)} } }`,
  "interfaces below one another in fragments": `{ node(id: "x") { ...a } } fragment a on Node { id ... on LedgerEntry { subject { ...b } } } fragment b on Node { id ... on LedgerEntry { subject { ...c } } } fragment c on Node { id ... on Task { entries { subject { ...d } } } } fragment d on Node { ... on Task { entries { subject { id } } } }`,
  "inline fragments in one another": `{ pricing { ${"... on Pricing { ".repeat(150)} maxPromptLength ${"}".repeat(150)} } }`,
  directives: `query ($x: Boolean!) { me { ${times(24, (i) => `... @include(if: $x) { id ...f${i} @skip(if: $x) }`)} } } ${times(24, (i) => `fragment f${i} on User { id }`)}`,
  "one field under many names": `{ ${times(29, (i) => `a${i}: pricing { maxPromptLength maxUploadBytes generation { model hd durationSec costCredits } }`)} }`,
  "literals in lists in objects": `{ ${times(10, (i) => `a${i}: tasks(filter: {status: [${times(20, () => "QUEUED")}]}) { nodes { id } }`)} }`,
};

/** The same kinds, small enough to be compiled. */
const smallHostile = [
  `{ pricing { ...f7 } } fragment f0 on Pricing { maxPromptLength } ${times(7, (i) => `fragment f${i + 1} on Pricing { ...f${i} ...f${i} }`)}`,
  `{ ...f5 } fragment f0 on Query { pricing { maxPromptLength } } ${times(5, (i) => `fragment f${i + 1} on Query { ...f${i} ...f${i} }`)}`,
  `{ node(id: "x") { ... on LedgerEntry { subject { ... on LedgerEntry { subject { __typename } } } } } }`,
];

const variablesOf: Record<string, Record<string, unknown>> = { directives: { x: true } };

test("each user gets their own result of a compiled operation", async () => {
  const eve = await product.user();
  const query = "query ($taskId: ID!) { task(id: $taskId) { id } me { nickname } }";
  const { taskId } = ids;
  for (let n = 0; n < often; n += 1) {
    expect(await ana.request(query, { taskId })).toMatchObject({ task: { id: taskId } });
    expect(await eve.request(query, { taskId })).toMatchObject({ task: null });
    expect(await product.client().errorCode(query, { taskId })).toBe("UNAUTHENTICATED");
  }
});

describe("the compiler", () => {
  const schema = createSchema([]);
  const parsed = (query: string) => {
    const document = parse(query);
    return { document, operation: getOperationAST(document) as OperationDefinitionNode };
  };

  test("takes at most three times the counted steps", async () => {
    const written = randomOperations({ schema: await schema, operation: OperationTypeNode.QUERY });
    const random = fc.sample(written, 200).filter(({ operationName }) => operationName === undefined);
    const compiler = new Compiler(await schema);
    for (const query of [...random.map((one) => one.query), ...smallHostile]) {
      const { document, operation } = parsed(query);
      const counted = compiler.countSteps(document, operation, Number.POSITIVE_INFINITY);
      expect(stepsTaken(await schema, document), query).toBeLessThanOrEqual(3 * counted);
    }
  });

  test("stops counting at the limit for documents that would take millions of steps", async () => {
    const compiler = new Compiler(await schema);
    for (const query of Object.values(hostile)) {
      const { document, operation } = parsed(query);
      expect(compiler.countSteps(document, operation, 400)).toBeLessThanOrEqual(400 + 300);
    }
    const { document, operation } = parsed(hostile["fragments that spread the next one twice"] as string);
    expect(compiler.compile(document, operation)).toBeNull();
  });

  test("compiles the documents of the shipped clients", async () => {
    const compiler = new Compiler(await schema);
    for (const node of Object.values(operations) as DocumentNode[]) {
      const { document, operation } = parsed(print(node));
      if (operation) expect(compiler.compile(document, operation), print(node)).not.toBeNull();
    }
  });
});

/** How often the compiler visits a selection. */
function stepsTaken(schema: GraphQLSchema, document: DocumentNode): number {
  let steps = 0;
  const counting = visit(document, {
    SelectionSet: {
      leave: (node) => ({
        ...node,
        selections: new Proxy(node.selections, {
          get(selections, key) {
            if (typeof key === "string" && /^\d+$/.test(key)) steps += 1;
            return Reflect.get(selections, key);
          },
        }),
      }),
    },
  });
  compileQuery(schema, counting, "");
  return steps;
}

test.each(Object.entries(hostile))("%s: the tenth answer is the first", async (name, query) => {
  const distinctResults = new Set<string>();
  for (let n = 0; n < 10; n += 1)
    distinctResults.add(JSON.stringify(await ana.execute(query, variablesOf[name])));
  expect(distinctResults.size).toBe(1);
});
