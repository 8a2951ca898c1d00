import { graphql } from "graphql";
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  buildSchema,
  Field,
  InputType,
  Int,
  Query,
  Resolver,
  UseMiddleware,
} from "type-graphql";
import { afterAll, beforeEach, expect, test } from "vitest";
import { optimizeSchema, ResolverContainer } from "../../../src/platform/graphql/optimize-schema.js";

/** type-graphql registers all classes here, so each test gets an empty registry, and other files the full one. */
const registry = globalThis as { TypeGraphQLMetadataStorage?: unknown };
const fullRegistry = registry.TypeGraphQLMetadataStorage;
beforeEach(() => {
  registry.TypeGraphQLMetadataStorage = undefined;
});
afterAll(() => {
  registry.TypeGraphQLMetadataStorage = fullRegistry;
});

/** The schema of one resolver, its methods called directly. */
async function schemaOf(instance: object) {
  const schema = await buildSchema({
    resolvers: [instance.constructor],
    validate: false,
    authChecker: () => true,
  });
  optimizeSchema(schema, { resolvers: new ResolverContainer([instance]) });
  return schema;
}

test("a method gets what its parameters say, in their order, and its own instance", async () => {
  @InputType()
  class Pair {
    @Field(() => Int) one!: number;
    @Field(() => Int, { defaultValue: 5 }) other!: number;
  }
  @Resolver()
  class Sums {
    constructor(private readonly offset: number) {}
    @Query(() => Int)
    sum(@Arg("pair", () => Pair) { one, other }: Pair, @Arg("factor", () => Int) factor: number): number {
      return this.offset + one * factor + other;
    }
  }
  const schema = await schemaOf(new Sums(1000));
  expect(await graphql({ schema, source: "{ sum(factor: 100, pair: { one: 2 }) }" })).toEqual({
    data: { sum: 1205 },
  });
});

test("a parameter of a kind that would not be called stops the server from starting", async () => {
  @ArgsType()
  class Page {
    @Field(() => Int) first!: number;
  }
  @Resolver()
  class Pages {
    @Query(() => Int)
    page(@Args(() => Page) { first }: Page): number {
      return first;
    }
  }
  await expect(schemaOf(new Pages())).rejects.toThrow(
    "page has a parameter of a kind that is not called: args",
  );
});

test("so does a middleware", async () => {
  @Resolver()
  class Guarded {
    @Query(() => String)
    @UseMiddleware(async () => "refused")
    secret(): string {
      return "secret";
    }
  }
  await expect(schemaOf(new Guarded())).rejects.toThrow("middleware or @Authorized");
});

test("so does @Authorized", async () => {
  @Resolver()
  class Closed {
    @Query(() => String)
    @Authorized()
    secret(): string {
      return "secret";
    }
  }
  await expect(schemaOf(new Closed())).rejects.toThrow("middleware or @Authorized");
});
