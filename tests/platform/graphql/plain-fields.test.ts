import { isObjectType } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { expect, test } from "vitest";
import { createSchema } from "../../../src/app/schema.js";

/** The getters of a class and of those that it extends. */
function gettersOf(prototype: object): string[] {
  if (prototype === Object.prototype) return [];
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const names = own.filter(([, { get }]) => get).map(([name]) => name);
  return [...names, ...gettersOf(Object.getPrototypeOf(prototype))];
}

test("no field is a getter: what a getter throws in compiled code would end the process", async () => {
  const schema = await createSchema([]);
  const types = getMetadataStorage().objectTypes;
  expect(types.length).toBeGreaterThan(20);
  const getters = types.flatMap(({ name, target }) => {
    const type = schema.getType(name);
    const fields = isObjectType(type) ? type.getFields() : {};
    return gettersOf(target.prototype)
      .filter((getter) => getter in fields)
      .map((getter) => `${name}.${getter}`);
  });
  expect(getters).toEqual([]);
});
