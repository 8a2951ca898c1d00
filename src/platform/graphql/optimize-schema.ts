import { type GraphQLFieldResolver, type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { type ContainerType, getMetadataStorage } from "type-graphql";
import { Node } from "./node.js";
import type { RequestContext } from "./request-context.js";

type Class<T> = abstract new (...args: never[]) => T;
type Resolve = GraphQLFieldResolver<unknown, unknown>;
type Metadata = ReturnType<typeof getMetadataStorage>;
type Param = Metadata["params"][number];
type Method = Pick<Metadata["queries"][number], "target" | "methodName" | "schemaName">;

/** The resolver instances of one server, by class. */
export class ResolverContainer implements ContainerType {
  private readonly byClass = new Map<unknown, object>();

  constructor(instances: readonly object[]) {
    for (const instance of instances) this.byClass.set(instance.constructor, instance);
  }

  /** Throws if one of the classes has no instance. */
  requireAll(classes: readonly unknown[]): void {
    for (const resolver of classes) this.get(resolver as Class<object>);
  }

  get<T>(resolver: Class<T>): T {
    const instance = this.byClass.get(resolver);
    if (!instance) throw new Error(`there is no instance of ${resolver.name}`);
    return instance as T;
  }
}

/**
 * For `@Subscription`: the decorated method itself is called when a client subscribes. It returns the
 * events, and each event is the field's value. type-graphql would call the method for every event instead.
 */
export function subscribedByMethod(): never {
  throw new Error("the schema has not gone through optimizeSchema");
}

interface Options {
  resolvers: ResolverContainer;
  /** Runs after each mutation of a logged-in user, before it is answered, even if the mutation failed. */
  afterMutation?(userId: string): Promise<void>;
}

/**
 * Changes the schema that type-graphql has built:
 *
 * - Resolver methods are called directly. type-graphql makes a promise of each argument for validators
 *   that we do not have, and copies each input object into its class. Here input stays as graphql read
 *   it. Decorators that this would skip (middlewares, `@Authorized`, `@Args`) throw at the start.
 * - Fields that were read together with their object (`Node.eagerRelations`) are answered without their resolver.
 * - A node's type is its class's name, known without a promise, so compiled operations need not wait.
 * - Mutations of one request run one after another, and each begins with empty loaders, so that its payload
 *   does not show rows that were loaded before it changed them. Then `afterMutation` is called.
 * - A subscription's method is called when a client subscribes (`subscribedByMethod`).
 */
export function optimizeSchema(schema: GraphQLSchema, { resolvers, afterMutation }: Options): void {
  callMethodsDirectly(schema, resolvers);
  resolveEagerRelations(schema);
  const node = schema.getType(Node.name);
  if (isInterfaceType(node)) node.resolveType = (value: object) => value.constructor.name;
  wrapMutations(schema, afterMutation);
}

function callMethodsDirectly(schema: GraphQLSchema, instances: ResolverContainer): void {
  const storage = getMetadataStorage();
  refuseSkippedDecorators(storage);
  const fieldOf = (typeName: string | undefined, { schemaName }: Method) => {
    const type = typeName === undefined ? undefined : schema.getType(typeName);
    return isObjectType(type) ? type.getFields()[schemaName] : undefined;
  };
  const answerBy = (typeName: string | undefined, method: Method) => {
    const field = fieldOf(typeName, method);
    if (field) field.resolve = resolveBy(method, storage.params, instances);
  };
  for (const query of storage.queries) answerBy("Query", query);
  for (const mutation of storage.mutations) answerBy("Mutation", mutation);
  for (const subscription of storage.subscriptions) {
    const field = fieldOf("Subscription", subscription);
    if (!field) continue;
    field.subscribe = resolveBy(subscription, storage.params, instances);
    field.resolve = (event) => event;
  }
  for (const field of storage.fieldResolvers) {
    const owner = storage.resolverClasses.find(({ target }) => target === field.target)?.getObjectType();
    answerBy(storage.objectTypes.find(({ target }) => target === owner)?.name, field);
  }
}

function resolveBy({ target, methodName }: Method, params: Param[], instances: ResolverContainer): Resolve {
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

function refuseSkippedDecorators(storage: Metadata): void {
  const { middlewares, resolverMiddlewares, authorizedFields, authorizedResolver } = storage;
  const found = [middlewares, resolverMiddlewares, authorizedFields, authorizedResolver].flat();
  if (found.length > 0) throw new Error("a resolver has a middleware or @Authorized, which is not called");
}

function resolveEagerRelations(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.getInterfaces().length === 0) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      const { resolve, args } = field;
      if (!resolve || args.length > 0) continue;
      field.resolve = (node: Partial<Node>, given, context, info) => {
        const joined = node.eagerRelations?.[name];
        return joined === undefined ? resolve(node, given, context, info) : joined;
      };
    }
  }
}

function wrapMutations(schema: GraphQLSchema, afterMutation: Options["afterMutation"]): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext>;
    field.resolve = async (source, args, context: RequestContext, info) => {
      context.loaders.clear();
      try {
        return await resolve(source, args, context, info);
      } finally {
        if (context.viewer) await afterMutation?.(context.viewer.userId);
      }
    };
  }
}
