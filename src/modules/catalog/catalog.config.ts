import { z } from "zod";

export const catalogSettings = z.object({
  MODEL_CATALOG: z
    .string()
    .optional()
    .describe(
      "A JSON file of models, prices and vendor fields, validated at start. Default: the shipped catalog.",
    ),
});
