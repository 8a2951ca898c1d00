import { type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import { getMetadataStorage } from "type-graphql";
import type { ResolverInstances } from "./resolver-instances.js";

type Resolve = GraphQLFieldResolver<unknown, unknown>;
type Metadata = ReturnType<typeof getMetadataStorage>;
type Param = Metadata["params"][number];
type Method = Pick<Metadata["queries"][number], "target" | "methodName" | "schemaName">;

/**
 * A resolver's method is called with its parameters and nothing else. type-graphql would make a promise of
 * every argument and wait for all, for validators that we do not have, and copy each input object into its
 * class at every call. So input is what graphql has read: objects with the fields of their classes.
 */
export function callMethodsAlone(schema: GraphQLSchema, instances: ResolverInstances): void {
  const storage = getMetadataStorage();
  refuseWhatIsNotCalled(storage);
  const answerBy = (typeName: string | undefined, method: Method) => {
    const type = typeName === undefined ? undefined : schema.getType(typeName);
    if (!isObjectType(type)) return;
    const field = type.getFields()[method.schemaName];
    if (field) field.resolve = resolveBy(method, storage.params, instances);
  };
  for (const query of storage.queries) answerBy("Query", query);
  for (const mutation of storage.mutations) answerBy("Mutation", mutation);
  for (const subscription of storage.subscriptions) answerBy("Subscription", subscription);
  for (const field of storage.fieldResolvers) {
    const owner = storage.resolverClasses.find(({ target }) => target === field.target)?.getObjectType();
    answerBy(storage.objectTypes.find(({ target }) => target === owner)?.name, field);
  }
}

function resolveBy({ target, methodName }: Method, params: Param[], instances: ResolverInstances): Resolve {
  const method: (...parameters: unknown[]) => unknown = target.prototype[methodName];
  const readers = params
    .filter((param) => param.target === target && param.methodName === methodName)
    .sort((one, other) => one.index - other.index)
    .map(readerOf);
  return (root, args, context, info) =>
    method.apply(
      instances.get(target as never),
      readers.map((read) => read(root, args, context, info)),
    );
}

function readerOf(param: Param): Resolve {
  if (param.kind === "arg") return (_root, args) => args[param.name];
  if (param.kind === "info") return (_root, _args, _context, info) => info;
  if (param.kind === "custom" && !param.options.arg)
    return (root, args, context, info) => param.resolver({ root, args, context: context as object, info });
  if (param.kind === "root" && !param.propertyName) return (root) => root;
  if (param.kind === "context" && !param.propertyName) return (_root, _args, context) => context;
  throw new Error(`${param.methodName} has a parameter of a kind that is not called: ${param.kind}`);
}

function refuseWhatIsNotCalled(storage: Metadata): void {
  const { middlewares, resolverMiddlewares, authorizedFields, authorizedResolver } = storage;
  const found = [middlewares, resolverMiddlewares, authorizedFields, authorizedResolver].flat();
  if (found.length > 0) throw new Error("a resolver has a middleware or @Authorized, which is not called");
}
