import { z } from "zod";
import { isObject } from "./json.js";

/** Accepts a response bare or wrapped in `data`. */
export const unwrapped = <T extends z.ZodType>(schema: T) =>
  z.preprocess((body) => (isObject(body) && isObject(body.data) ? { ...body, ...body.data } : body), schema);

/**
 * Lenient schemas for fields of vendors' responses: an invalid value counts as missing. Only the id is
 * required.
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
    z.string().transform((text) => new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text)),
  ])
  .nullish()
  .catch(null)
  .transform((date) => (date && !Number.isNaN(date.getTime()) ? date : null));

/** Accepts a number or "65%" and clamps it to 0 to 100. Null if missing or invalid. */
export const progress = z
  .unknown()
  .optional()
  .transform((value) => {
    const percent =
      typeof value === "string" && value.trim() ? Number(value.trim().replace(/\s*%$/, "")) : value;
    return typeof percent === "number" && !Number.isNaN(percent)
      ? Math.floor(Math.min(100, Math.max(0, percent)))
      : null;
  });
