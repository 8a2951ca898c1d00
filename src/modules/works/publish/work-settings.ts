import { BadUserInput } from "../../../platform/base/common-errors.js";
import { parseText } from "../../../platform/base/validation.js";
import type { WorkRow } from "../works.graphql.js";
import type { PublishWorkInput, UpdateWorkInput } from "../works.inputs.graphql.js";

/** The settings of a work that its author chooses. */
export type WorkSettings = Pick<
  WorkRow,
  "title" | "description" | "promptPriceCredits" | "remixable" | "remixFeeCredits"
>;

/** The highest price of a prompt, and the highest fee of a remix. */
export const priceCreditsMax = 100;
const titleLength = { min: 1, max: 200 };
const descriptionLength = { min: 0, max: 2000 };

/** Only what the input names, which is everything for a new publication. Throws BadUserInput. */
export function readSettings(input: PublishWorkInput): WorkSettings;
export function readSettings(input: UpdateWorkInput): Partial<WorkSettings>;
export function readSettings(input: PublishWorkInput | UpdateWorkInput): Partial<WorkSettings> {
  const { title, description, promptPriceCredits, remixable, remixFeeCredits } = input;
  return {
    ...(title != null && { title: parseText("title", title, titleLength) }),
    ...(description != null && { description: parseText("description", description, descriptionLength) }),
    ...(promptPriceCredits != null && {
      promptPriceCredits: readPrice("promptPriceCredits", promptPriceCredits),
    }),
    ...(remixable != null && { remixable }),
    ...(remixFeeCredits != null && { remixFeeCredits: readPrice("remixFeeCredits", remixFeeCredits) }),
  };
}

function readPrice(field: string, credits: number): number {
  if (credits >= 0 && credits <= priceCreditsMax) return credits;
  throw new BadUserInput(
    field,
    `${field} must be between 0 and ${priceCreditsMax}.`,
    `${field} 必须在 0 到 ${priceCreditsMax} 之间。`,
  );
}
