import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type GraphQLSchema, parse, validate } from "graphql";
import { z } from "zod";

/** The documents of the demo, the tests and the studio: made from schema/operations. */
const shippedManifest = fileURLToPath(new URL("../../../../schema/trusted-documents.json", import.meta.url));

/**
 * A manifest in either of the two common forms: id → document, as GraphQL Code Generator's client
 * preset writes it, or Apollo's (https://www.apollographql.com/docs/graphos/platform/security/persisted-queries).
 */
const manifestFile = z.union([
  z
    .object({
      format: z.literal("apollo-persisted-query-manifest"),
      operations: z.array(z.object({ id: z.string(), body: z.string() })),
    })
    .transform(({ operations }) => operations.map(({ id, body }): [string, string] => [id, body])),
  z.record(z.string(), z.string()).transform((documents) => Object.entries(documents)),
]);

/** The documents of the manifests, by their ids. */
export class TrustedDocuments {
  private readonly byId = new Map<string, string>();
  private readonly texts = new Set<string>();

  constructor(documents: Iterable<readonly [string, string]>) {
    for (const [id, text] of documents) {
      this.byId.set(bareId(id), text);
      this.byId.set(createHash("sha256").update(text).digest("hex"), text);
      this.texts.add(text);
    }
  }

  /** An id of the manifest, or the SHA-256 of a document in hex, with or without `sha256:` before it. */
  find(id: string): string | null {
    return this.byId.get(bareId(id)) ?? null;
  }

  includes(text: string): boolean {
    return this.texts.has(text);
  }

  /** Documents that are invalid in this schema, for example those of an older front end. */
  findInvalid(schema: GraphQLSchema): string[] {
    return [...this.texts].filter((text) => {
      try {
        return validate(schema, parse(text)).length > 0;
      } catch {
        return true;
      }
    });
  }
}

/** Reads the manifests, by default the one that ships. Throws an Error with the reason. */
export function loadTrustedDocuments(paths: readonly string[] | undefined): TrustedDocuments {
  return new TrustedDocuments((paths ?? [shippedManifest]).flatMap(documentsIn));
}

function documentsIn(path: string): [string, string][] {
  try {
    return manifestFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? "this is no manifest of documents" : (error as Error).message;
    throw new Error(`TRUSTED_DOCUMENTS_FILE: ${path}: ${reason}`);
  }
}

function bareId(id: string): string {
  return id.replace(/^sha256:/, "");
}
