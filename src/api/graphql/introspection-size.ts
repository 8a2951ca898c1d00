import {
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";

const sizes = new WeakMap<GraphQLSchema, Readonly<Record<string, number>>>();

/** The average number of items of an introspection field, 1 if it is no list. */
export function introspectedItems(schema: GraphQLSchema, fieldName: string): number {
  const known = sizes.get(schema) ?? sizesOf(schema);
  sizes.set(schema, known);
  return known[fieldName] ?? 1;
}

function sizesOf(schema: GraphQLSchema): Readonly<Record<string, number>> {
  const types = Object.values(schema.getTypeMap());
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = withFields.flatMap((type) => Object.values(type.getFields()));
  const args = sumOf(fields, (field) => field.args.length);
  const perType = (count: number) => count / types.length;
  return {
    types: types.length,
    directives: schema.getDirectives().length,
    fields: perType(fields.length),
    args: args / Math.max(1, fields.length),
    inputFields: perType(
      sumOf(types.filter(isInputObjectType), (type) => Object.keys(type.getFields()).length),
    ),
    enumValues: perType(sumOf(types.filter(isEnumType), (type) => type.getValues().length)),
    interfaces: perType(sumOf(withFields, (type) => type.getInterfaces().length)),
    possibleTypes: perType(
      sumOf(types.filter(isAbstractType), (type) => schema.getPossibleTypes(type).length),
    ),
  };
}

function sumOf<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}
