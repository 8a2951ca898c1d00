import { z } from "zod";
import { complaintSchema } from "../../wire/failures.js";

/**
 * The vendor's answers in all the forms that it has used over time: bare or inside `data`, the link
 * as `video_url` or `url`, the error as an object or a string, times as seconds or ISO text. A field
 * that is odd counts as missing; only the id is not negotiable.
 */
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unwrapped = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (answer) => (isObject(answer) && isObject(answer.data) ? { ...answer, ...answer.data } : answer),
    schema,
  );

const text = z
  .string()
  .min(1)
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
const number = z.coerce
  .number()
  .nonnegative()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

const id = z.union([z.string(), z.number()]).transform(String).pipe(z.string().min(1).max(200).regex(/[^.]/));

const time = z
  .union([
    z.number().transform((seconds) => new Date(seconds * 1000)),
    z.string().transform((written) => new Date(/^\d+$/.test(written) ? Number(written) * 1000 : written)),
  ])
  .nullish()
  .catch(null)
  .transform((date) => (date && !Number.isNaN(date.getTime()) ? date : null));

/** A number, "65%", missing or out of range: 0 to 100, or null. */
const progress = z
  .unknown()
  .optional()
  .transform((value) => {
    const share =
      typeof value === "string" && value.trim() ? Number(value.trim().replace(/\s*%$/, "")) : value;
    return typeof share === "number" && !Number.isNaN(share)
      ? Math.floor(Math.min(100, Math.max(0, share)))
      : null;
  });

export const taskAnswer = unwrapped(
  z
    .object({
      id,
      status: text,
      progress,
      model: text,
      size: text,
      video_url: text,
      url: text,
      error: complaintSchema.nullish().catch(null),
      created_at: time,
      started_at: time,
      completed_at: time,
    })
    .transform((answer) => ({
      id: answer.id,
      statusWord: answer.status ?? "",
      progress: answer.progress,
      model: answer.model,
      size: answer.size,
      videoUrl: answer.video_url ?? answer.url,
      complaint: answer.error ?? null,
      createdAt: answer.created_at,
      startedAt: answer.started_at,
      completedAt: answer.completed_at,
    })),
);
export type TaskAnswer = z.output<typeof taskAnswer>;

export const detailAnswer = unwrapped(
  z
    .object({
      id,
      video_url: text,
      url: text,
      thumbnail_url: text,
      duration: number,
      width: number,
      height: number,
      size: z.union([z.string(), z.number()]).nullish().catch(null),
    })
    .transform((answer) => ({
      id: answer.id,
      videoUrl: answer.video_url ?? answer.url,
      thumbnailUrl: answer.thumbnail_url,
      durationSec: answer.duration,
      width: answer.width,
      height: answer.height,
      size: answer.size ?? null,
    })),
);
export type DetailAnswer = z.output<typeof detailAnswer>;

export const linksAnswer = unwrapped(
  z
    .object({ links: z.object({ mp4: text, mp4_wm: text, thumbnail: text, md: text, gif: text }) })
    .transform(({ links }) => links),
);
export type CleanLinks = z.output<typeof linksAnswer>;

export const chatAnswer = unwrapped(
  z
    .object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })], z.unknown()) })
    .transform(({ choices }) => choices[0].message.content),
);
