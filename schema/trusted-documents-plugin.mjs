// A plugin for GraphQL Code Generator: every operation with the fragments that it needs, under the
// SHA-256 of exactly that text. What the server runs with TRUSTED_DOCUMENTS=only. Each operation is there
// twice: as it is written, and as clients with a normalized cache send it, with __typename in every
// selection (urql's text, which the studio sends).
import { createHash } from "node:crypto";
import { plugin as typedDocuments } from "@graphql-codegen/typed-document-node";
import { formatDocument, stringifyDocument } from "@urql/core";
import { print } from "graphql";

export async function plugin(schema, files, config, info) {
  // The typed documents themselves, so that their fragments are in the same order.
  const { content } = await typedDocuments(schema, files, config, info);
  const texts = [...content.matchAll(/^export const (\w+)Document = (.*) as unknown as /gm)]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([, , json]) => JSON.parse(json))
    .flatMap((document) => [print(document), stringifyDocument(formatDocument(document))]);
  const byHash = texts.map((text) => [createHash("sha256").update(text).digest("hex"), text]);
  return `${JSON.stringify(Object.fromEntries(byHash), null, 2)}\n`;
}
