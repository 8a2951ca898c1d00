import { z } from "zod";

/** Larger numbers fit neither GraphQL's Int, nor an integer column, nor a timer. */
const settingMax = 2 ** 31 - 1;

/** A whole number written in decimal digits. */
export const wholeNumber = (min: number, max = settingMax) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(min).max(max));

export const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" });
