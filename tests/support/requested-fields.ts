import { type OperationDefinitionNode, parse } from "graphql";
import { RequestedFields } from "../../src/platform/graphql/requested-fields.js";

/** The fields of a selection, as a resolver gets them. */
export function requestedFields(selection: string): RequestedFields {
  const [{ selectionSet }] = parse(`{ ${selection} }`).definitions as [OperationDefinitionNode];
  return new RequestedFields([selectionSet], {});
}
