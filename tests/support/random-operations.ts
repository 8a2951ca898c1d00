import fc from "fast-check";
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationTypeNode,
  parse,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  validate,
} from "graphql";
import { SeededRandom } from "../soak/seeded-random.js";

export interface RandomOperation {
  query: string;
  operationName?: string;
  variables: Record<string, unknown>;
}

export interface RandomOperationOptions {
  schema: GraphQLSchema;
  operation: OperationTypeNode;
  /** Ids that exist in the data. */
  ids?: readonly string[];
}

/** Valid operations over a schema, in every form that a document can have. */
export function randomOperations(options: RandomOperationOptions): fc.Arbitrary<RandomOperation> {
  return fc
    .noShrink(fc.nat())
    .map((seed) => new OperationWriter(options, new SeededRandom(seed)).write())
    .filter(({ query }) => isValid(options.schema, query));
}

function isValid(schema: GraphQLSchema, query: string): boolean {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch {
    return false;
  }
  return validate(schema, document).length === 0;
}

/** Names with a meaning in JavaScript or in generated code. */
const oddNames = ["constructor", "then", "message", "toString", "idx0", "class", "Task", "errors", "input"];
const depthMax = 4;
const selectionsMax = 30;

class OperationWriter {
  private readonly declared: string[] = [];
  private readonly declaredTypes = new Map<string, string[]>();
  private readonly variables: Record<string, unknown> = {};
  private readonly fragments: { name: string; on: string; text: string }[] = [];
  private names = 0;
  private selections = 0;
  /** Leaves out forms that are never compiled. */
  private readonly plain: boolean;

  constructor(
    private readonly options: RandomOperationOptions,
    private readonly dice: SeededRandom,
  ) {
    this.plain = dice.chance(60);
  }

  write(): RandomOperation {
    const { operation, schema } = this.options;
    const root = schema.getRootType(operation) as GraphQLObjectType;
    const isSingle = operation === "subscription" || (operation === "mutation" && this.plain);
    const body = isSingle ? `{ ${this.rootField(root)} }` : this.selectionSet(root, 0);
    const several = !this.plain && this.dice.chance(15);
    const name = several || this.dice.chance(40) ? "Main" : "";
    const declared = this.declared.length > 0 ? `(${this.declared.join(", ")})` : "";
    const texts = [
      `${operation} ${name}${declared} ${body}`,
      ...(several ? ["query Other { __typename }"] : []),
      ...this.fragments.map(({ name: fragment, on, text }) => `fragment ${fragment} on ${on} ${text}`),
    ];
    const query = this.dice.chance(50) ? texts.join("\n") : texts.toReversed().join(" ");
    const named = several || (name !== "" && this.dice.chance(50));
    return { query, variables: this.variables, ...(named && { operationName: name }) };
  }

  private newName(prefix: string): string {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  private rootField(root: GraphQLObjectType): string {
    return this.field(this.dice.pick(Object.values(root.getFields())), 0, false);
  }

  private selectionSet(type: unknown, depth: number): string {
    const count = 1 + this.dice.int(0, depth === 0 ? 2 : 3);
    const selections = Array.from({ length: count }, () => this.selection(type, depth));
    return `{ ${selections.join(" ")} }`;
  }

  private selection(type: unknown, depth: number): string {
    this.selections += 1;
    if (this.selections > selectionsMax || this.dice.chance(12))
      return `${this.alias(30)}__typename${this.directives()}`;
    if (this.dice.chance(9)) return `... ${this.directives()} ${this.selectionSet(type, depth)}`;
    if (this.dice.chance(12)) return this.spread(type, depth);
    if (isAbstractType(type) && !this.dice.chance(25)) {
      const concrete = this.dice.pick(this.options.schema.getPossibleTypes(type));
      return `... on ${concrete.name}${this.directives()} ${this.selectionSet(concrete, depth)}`;
    }
    const fields = this.fieldsOf(type, depth);
    return fields.length > 0 ? this.field(this.dice.pick(fields), depth, true) : "__typename";
  }

  private fieldsOf(type: unknown, depth: number): GraphQLField<unknown, unknown>[] {
    const isRoot = type === this.options.schema.getQueryType();
    const meta = isRoot && !this.plain && this.dice.chance(10) ? [SchemaMetaFieldDef, TypeMetaFieldDef] : [];
    const fields =
      "getFields" in (type as object) ? Object.values((type as GraphQLObjectType).getFields()) : [];
    const all = [...fields, ...meta];
    return depth < depthMax ? all : all.filter(({ type: fieldType }) => isLeafType(getNamedType(fieldType)));
  }

  private field(field: GraphQLField<unknown, unknown>, depth: number, mayVary: boolean): string {
    const args = field.args.flatMap((arg) =>
      isRequired(arg) || this.dice.chance(60)
        ? [`${arg.name}: ${this.value(arg, arg.defaultValue !== undefined)}`]
        : [],
    );
    const given = args.length > 0 ? `(${args.join(", ")})` : "";
    // A field with arguments has a name of its own, or it would not merge with another.
    const alias =
      args.length > 0
        ? `${this.newName(!this.plain && this.dice.chance(20) ? "a_" : "f")}: `
        : this.alias(25);
    const inner = getNamedType(field.type);
    const below = isLeafType(inner) ? "" : ` ${this.selectionSet(inner, depth + 1)}`;
    return `${alias}${field.name}${given}${mayVary ? this.directives() : ""}${below}`;
  }

  private alias(percent: number): string {
    if (!this.dice.chance(percent)) return "";
    return `${this.dice.chance(40) ? this.dice.pick(oddNames) : this.newName(!this.plain && this.dice.chance(30) ? "b_" : "b")}: `;
  }

  private directives(): string {
    if (this.plain || !this.dice.chance(15)) return "";
    const one = (name: string) => ` @${name}(if: ${this.condition()})`;
    return this.dice.chance(20) ? one("skip") + one("include") : one(this.dice.pick(["skip", "include"]));
  }

  private condition(): string {
    return this.dice.chance(40)
      ? String(this.dice.chance(50))
      : `$${this.variable("Boolean!", () => this.dice.chance(50))}`;
  }

  private spread(type: unknown, depth: number): string {
    const { name } = type as GraphQLObjectType;
    const fitting = this.fragments.filter(
      ({ on }) => on === name || (isAbstractType(type) && this.implements(type, on)),
    );
    if (fitting.length > 0 && this.dice.chance(60))
      return `...${this.dice.pick(fitting).name}${this.directives()}`;
    const on =
      isAbstractType(type) && this.dice.chance(50)
        ? this.dice.pick(this.options.schema.getPossibleTypes(type))
        : type;
    const text = this.selectionSet(on, depth);
    const fragment = { name: this.newName("F"), on: (on as GraphQLObjectType).name, text };
    this.fragments.push(fragment);
    return `...${fragment.name}${this.directives()}`;
  }

  private implements(type: Parameters<GraphQLSchema["getPossibleTypes"]>[0], name: string): boolean {
    return this.options.schema.getPossibleTypes(type).some((possible) => possible.name === name);
  }

  /** The value as written in the document. */
  private value(input: GraphQLArgument | GraphQLInputField, hasDefault: boolean): string {
    return this.written(input.type, input.name, hasDefault);
  }

  private written(type: GraphQLInputType, name: string, hasDefault: boolean): string {
    if (this.dice.chance(45)) {
      const mayBeNull = isNonNullType(type) && hasDefault && this.dice.chance(50);
      const declared = mayBeNull ? String(type.ofType) : String(type);
      return `$${this.variable(declared, () => this.sent(type, name))}`;
    }
    if (isNonNullType(type)) return this.written(type.ofType, name, false);
    if (this.dice.chance(12)) return "null";
    if (isListType(type)) {
      const items = Array.from({ length: this.dice.int(0, 2) }, () => this.written(type.ofType, name, false));
      return this.dice.chance(80)
        ? `[${items.join(", ")}]`
        : this.literal(this.sent(type.ofType, name), type.ofType);
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).flatMap((field) =>
        isRequired(field) || this.dice.chance(40)
          ? [`${field.name}: ${this.written(field.type, field.name, field.defaultValue !== undefined)}`]
          : [],
      );
      return `{${fields.join(", ")}}`;
    }
    return this.literal(this.sent(type, name), type);
  }

  /** Declares a variable, or takes one of this type; gives it a value, null or nothing. */
  private variable(type: string, make: () => unknown): string {
    const known = this.declaredTypes.get(type) ?? [];
    if (known.length > 0 && this.dice.chance(30)) return this.dice.pick(known);
    const odd = this.dice.pick(oddNames);
    const name = this.dice.chance(15) && !(odd in this.taken) ? odd : this.newName("v");
    this.taken[name] = true;
    const preset = type.startsWith("[") || !this.dice.chance(25) ? "" : this.presetOf(type, make);
    this.declared.push(`$${name}: ${type}${preset}`);
    this.declaredTypes.set(type, [...known, name]);
    const mayBeAbsent = !type.endsWith("!") || preset !== "";
    if (mayBeAbsent && this.dice.chance(35)) return name;
    this.variables[name] = !type.endsWith("!") && this.dice.chance(20) ? null : make();
    return name;
  }

  private readonly taken: Record<string, boolean> = Object.create(null);

  private presetOf(type: string, make: () => unknown): string {
    const bare = this.options.schema.getType(type.replace("!", ""));
    return isLeafType(bare) ? ` = ${this.literal(make(), bare)}` : "";
  }

  /** The value as sent in the variables. */
  private sent(type: GraphQLInputType, name: string): unknown {
    if (isNonNullType(type)) return this.sent(type.ofType, name);
    if (isListType(type)) {
      const items = Array.from({ length: this.dice.int(0, 2) }, () => this.sent(type.ofType, name));
      return this.dice.chance(85) ? items : this.sent(type.ofType, name);
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).flatMap((field): [string, unknown][] => {
        if (!isRequired(field) && !this.dice.chance(40)) return [];
        const isNull = !isNonNullType(field.type) && this.dice.chance(15);
        return [[field.name, isNull ? null : this.sent(field.type, field.name)]];
      });
      return Object.fromEntries(fields);
    }
    if (isEnumType(type)) return this.dice.pick(type.getValues()).name;
    return this.leaf(String(type), name);
  }

  private leaf(type: string, name: string): unknown {
    const { ids = [] } = this.options;
    if (type === "Boolean") return this.dice.chance(50);
    if (type === "Int") return name === "first" ? 1 + this.dice.int(0, 2) : this.dice.int(0, 19);
    if (type === "ID") return this.dice.pick(["task_x", "", "x_y", ...ids, ...ids]);
    if (type === "PhoneNumber") return "+8613800138000";
    if (type === "DateTime") return "2026-01-02T03:04:05.678Z";
    if (type === "Decimal") return "1.5";
    if (type === "URL") return "https://example.com/a";
    if (type === "Upload") return null;
    return this.dice.pick(["a cat", "", `\u2028 " \\ $\{x}`, "__proto__", "Task"]);
  }

  private literal(value: unknown, type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.literal(value, type.ofType);
    if (isEnumType(type)) return String(value);
    if (Array.isArray(value))
      return `[${value.map((item) => this.literal(item, itemType(type))).join(", ")}]`;
    if (isListType(type)) return this.literal(value, type.ofType);
    if (isInputObjectType(type)) {
      const fields = Object.entries(value as object).map(
        ([name, inner]) =>
          `${name}: ${this.literal(inner, type.getFields()[name]?.type as GraphQLInputType)}`,
      );
      return `{${fields.join(", ")}}`;
    }
    return JSON.stringify(value);
  }
}

function itemType(type: GraphQLInputType): GraphQLInputType {
  return isListType(type) ? type.ofType : type;
}

function isRequired({ type, defaultValue }: GraphQLArgument | GraphQLInputField): boolean {
  return isNonNullType(type) && defaultValue === undefined;
}
