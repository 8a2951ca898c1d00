import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from "graphql";

type Given = Readonly<Record<string, unknown>>;
/** A value as its type reads it. Throws for one that does not fit. */
type Read = (value: unknown) => unknown;

/** A variable, or a field of an input object. */
interface Slot {
  name: string;
  required: boolean;
  byDefault: unknown;
  read: Read;
}

/** Null for what does not fit. */
export type VariableReader = (given: Given) => Record<string, unknown> | null;

const unfit = new Error("a value does not fit its type");

/**
 * Reads the variables of one operation as the specification says
 * (https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values). What has to be known of each type is
 * looked up once, here: graphql's own function does so at every call, and writes down where in the input
 * it is, for the errors that it may have to tell.
 */
export function variableReader(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): VariableReader {
  const readers = new InputReaders();
  const slots = definitions.map(({ variable, type: node, defaultValue }): Slot => {
    const type = typeFromAST(schema, node as never);
    if (!isInputType(type)) throw new Error(`$${variable.name.value} has no type for input`);
    const byDefault = defaultValue && valueFromAST(defaultValue, type);
    return { name: variable.name.value, required: isNonNullType(type), byDefault, read: readers.of(type) };
  });
  return (given) => {
    try {
      return readSlots(slots, given);
    } catch {
      return null;
    }
  };
}

class InputReaders {
  private readonly made = new Map<GraphQLInputType, Read>();

  of(type: GraphQLInputType): Read {
    const made = this.made.get(type);
    if (made) return made;
    // By its name while it is being made: an input object may have fields of its own type.
    this.made.set(type, (value) => this.of(type)(value));
    const read = isNonNullType(type) ? notNull(this.of(type.ofType)) : nullable(this.ofNullable(type));
    this.made.set(type, read);
    return read;
  }

  private ofNullable(type: GraphQLInputType): Read {
    if (isListType(type)) return listOf(this.of(type.ofType));
    if (isInputObjectType(type)) return this.ofObject(type);
    return leafOf(type as GraphQLLeafType);
  }

  private ofObject(type: GraphQLInputObjectType): Read {
    const fields = Object.values(type.getFields());
    const slots = fields.map(
      ({ name, type, defaultValue }): Slot => ({
        ...{ name, required: isNonNullType(type), byDefault: defaultValue, read: this.of(type) },
      }),
    );
    const names = new Set(fields.map(({ name }) => name));
    return (value) => {
      if (typeof value !== "object" || Array.isArray(value)) throw unfit;
      for (const name of Object.keys(value as Given)) if (!names.has(name)) throw unfit;
      const values = readSlots(slots, value as Given);
      if (type.isOneOf && !isOneOf(values)) throw unfit;
      return values;
    };
  }
}

function readSlots(slots: readonly Slot[], given: Given): Record<string, unknown> {
  // Nothing is inherited: a variable may be called "constructor", and may be left out.
  const values: Record<string, unknown> = Object.create(null);
  for (const { name, required, byDefault, read } of slots) {
    if (Object.hasOwn(given, name)) values[name] = read(given[name]);
    else if (byDefault !== undefined) values[name] = byDefault;
    else if (required) throw unfit;
  }
  return values;
}

function isOneOf(values: Given): boolean {
  const [only, ...more] = Object.values(values);
  return only != null && more.length === 0;
}

function notNull(read: Read): Read {
  return (value) => {
    if (value == null) throw unfit;
    return read(value);
  };
}

function nullable(read: Read): Read {
  return (value) => (value == null ? null : read(value));
}

/** What is no list is a list of one. */
function listOf(read: Read): Read {
  return (value) => (Array.isArray(value) ? value.map(read) : [read(value)]);
}

function leafOf(type: GraphQLLeafType): Read {
  return (value) => {
    const read = type.parseValue(value);
    if (read === undefined) throw unfit;
    return read;
  };
}
