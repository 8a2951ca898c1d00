import { type OperationDefinitionNode, parse } from "graphql";
import { AskedFields } from "../../src/platform/graphql/requested-fields.js";

/** The fields of a selection, as a resolver gets them. */
export function requestedFields(selection: string): AskedFields {
  const [{ selectionSet }] = parse(`{ ${selection} }`).definitions as [OperationDefinitionNode];
  return new AskedFields([selectionSet], {});
}
