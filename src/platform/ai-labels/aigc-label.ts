// The hidden label of AI-made content as GB 45438-2025 describes it: the key AIGC with one JSON string as its value.

/** The key in the metadata of an mp4. */
export const labelKey = "AIGC";

const fieldNames = [
  "Label",
  "ContentProducer",
  "ProduceID",
  "ReservedCode1",
  "ContentPropagator",
  "PropagateID",
  "ReservedCode2",
] as const;

/** All values are strings. Label: "1" is made by AI, "2" may be, "3" is suspected to be. */
export type AigcLabel = Record<(typeof fieldNames)[number], string>;

/** A service that makes or passes on content, and its own id of the content. */
export interface LabelIssuer {
  name: string;
  contentId: string;
}

const valueLengthMax = 500;

export function createLabel({ name, contentId }: LabelIssuer): AigcLabel {
  return toLabel({ Label: "1", ContentProducer: name, ProduceID: contentId });
}

/** Fields in the order of the standard, so that equal labels are equal strings. */
export function formatLabel(label: AigcLabel): string {
  return JSON.stringify(toLabel(label));
}

/** Null for a text that is no label. Missing fields are read as empty, and unknown ones are ignored. */
export function parseLabel(text: string): AigcLabel | null {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const values = Object.values(value);
  if (values.some((field) => typeof field !== "string" || field.length > valueLengthMax)) return null;
  const label = toLabel(value as Partial<AigcLabel>);
  return /^[123]$/.test(label.Label) && label.ContentProducer !== "" ? label : null;
}

/**
 * The label of a file that already had the label `found`. Its producer stays, and the issuer is named as the one that
 * passes it on. Without a valid label the issuer is the producer.
 */
export function mergeLabel(found: string | null, issuer: LabelIssuer): AigcLabel {
  const label = found === null ? null : parseLabel(found);
  if (!label || (label.ContentProducer === issuer.name && label.ProduceID === issuer.contentId))
    return createLabel(issuer);
  return { ...label, ContentPropagator: issuer.name, PropagateID: issuer.contentId, ReservedCode2: "" };
}

function toLabel(fields: Partial<AigcLabel>): AigcLabel {
  return Object.fromEntries(fieldNames.map((name) => [name, fields[name] ?? ""])) as AigcLabel;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
