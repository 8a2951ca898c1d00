import { z } from "zod";
import { isObject } from "./json.js";

/** An answer bare or inside `data`. */
export const unwrapped = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (answer) => (isObject(answer) && isObject(answer.data) ? { ...answer, ...answer.data } : answer),
    schema,
  );

/**
 * Fields of vendors' answers, read with patience: one that is odd counts as missing. Only the id is
 * not negotiable.
 */
export const text = z
  .string()
  .min(1)
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
export const number = z.coerce
  .number()
  .nonnegative()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

export const id = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().min(1).max(200).regex(/[^.]/));

export const time = z
  .union([
    z.number().transform((seconds) => new Date(seconds * 1000)),
    z.string().transform((written) => new Date(/^\d+$/.test(written) ? Number(written) * 1000 : written)),
  ])
  .nullish()
  .catch(null)
  .transform((date) => (date && !Number.isNaN(date.getTime()) ? date : null));

/** A number, "65%", missing or out of range: 0 to 100, or null. */
export const progress = z
  .unknown()
  .optional()
  .transform((value) => {
    const share =
      typeof value === "string" && value.trim() ? Number(value.trim().replace(/\s*%$/, "")) : value;
    return typeof share === "number" && !Number.isNaN(share)
      ? Math.floor(Math.min(100, Math.max(0, share)))
      : null;
  });
