import { createHash } from "node:crypto";
import {
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { RequestContext } from "../../src/platform/graphql/request-context.js";

/** An object of a type; `seed` determines its fields. */
interface Echo {
  typeName: string;
  seed: string;
  failing: boolean;
}

/**
 * Makes every field of a schema answer with something that depends on nothing but the user, the path and
 * the arguments as the resolver gets them: objects, lists, null, promises. Of a user whose id has
 * "failing" in it some fields fail, in every way that a field can.
 */
export function makeEcho(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isAbstractType(type)) type.resolveType = (value: Echo) => value.typeName;
    if (!isObjectType(type)) continue;
    type.isTypeOf = digest(type.name) % 2 === 0 ? (value: Echo) => value.typeName === type.name : undefined;
    const isRoot = ["Query", "Mutation", "Subscription"].includes(type.name);
    for (const field of Object.values(type.getFields())) {
      if (!isRoot && isPlain(type.name, field.name) && field.args.length === 0) field.resolve = undefined;
      else
        field.resolve = (parent: Partial<Echo> | undefined, args, context: RequestContext) => {
          const { seed = context.viewer?.userId ?? "", failing = seed.includes("failing") } = parent ?? {};
          const own = `${seed}/${type.name}.${field.name}${canonical(args)}`;
          return delivered(schema, field.type, own, failing);
        };
      if (type.name === "Subscription")
        field.subscribe = async function* (_root: unknown, args: unknown, context: RequestContext) {
          const seed = `${context.viewer?.userId}${canonical(args)}`;
          yield { typeName: "Subscription", seed, failing: seed.includes("failing") } satisfies Echo;
        };
    }
  }
  return schema;
}

/** Whether a field is a property of its object, without a resolver. */
function isPlain(typeName: string, fieldName: string): boolean {
  return digest(`${typeName}.${fieldName} is plain`) % 2 === 0;
}

function digest(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

/** A field's answer, now or later, or a failure. */
function delivered(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, failing: boolean): unknown {
  const dice = digest(`${seed} is delivered`) % 100;
  const error = new Error(`failed: ${digest(seed)}`);
  if (failing && dice < 6) throw error;
  if (failing && dice < 12) return later(dice, () => Promise.reject(error));
  if (failing && dice < 15) return error;
  const value = made(schema, type, seed, failing);
  return dice < 60 ? value : later(dice, () => value);
}

async function later(turns: number, give: () => unknown): Promise<unknown> {
  for (let n = 0; n < turns % 4; n += 1) await null;
  return give();
}

function made(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, failing: boolean): unknown {
  const dice = digest(`${seed} is made`) % 100;
  if (isNonNullType(type)) {
    if (failing && dice < 4) return null;
    return notNull(schema, type.ofType, seed, failing);
  }
  return dice < 12 ? null : notNull(schema, type, seed, failing);
}

function notNull(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, failing: boolean): unknown {
  const number = digest(`${seed} has this value`);
  if (isListType(type)) {
    // graphql handles no rejection of one item where another fails at once.
    const items = Array.from({ length: number % (failing ? 2 : 4) }, (_, n) =>
      made(schema, type.ofType, `${seed}[${n}]`, failing),
    );
    return items.map((item, n) => ((number + n) % 5 === 0 ? later(n, () => item) : item));
  }
  if (isAbstractType(type)) {
    const types = schema.getPossibleTypes(type);
    return objectOf(schema, types[number % types.length]?.name ?? "", seed, failing);
  }
  if (isObjectType(type)) return objectOf(schema, type.name, seed, failing);
  if (failing && number % 29 === 0) return {};
  if (isEnumType(type)) return type.getValues()[number % type.getValues().length]?.value;
  return leaf(getNamedType(type).name, number);
}

function objectOf(schema: GraphQLSchema, typeName: string, seed: string, failing: boolean): Echo {
  const echo: Echo = { typeName, seed, failing };
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no type of objects`);
  for (const field of Object.values(type.getFields())) {
    if (field.resolve) continue;
    const own = `${seed}/${typeName}.${field.name}`;
    const get = () => {
      if (failing && digest(`${own} fails`) % 100 < 4) return new Error(`failed: ${digest(own)}`);
      return made(schema, field.type, own, failing);
    };
    Object.defineProperty(echo, field.name, { get, enumerable: true });
  }
  return echo;
}

function leaf(type: string, number: number): unknown {
  if (type === "Int") return number % 1_000;
  if (type === "Boolean") return number % 2 === 0;
  if (type === "DateTime") return new Date(number * 1_000);
  return `${type} ${number % 1_000}`;
}
