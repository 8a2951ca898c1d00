import { z } from "zod";
import { id, number, progress, text, time, unwrapped } from "../../protocol/response-fields.js";
import { findErrorBody } from "../../protocol/vendor-error-body.js";

/*
 * Schemas for all response formats that the vendor has used over time: bare or wrapped in `data`, the link
 * as `video_url` or `url`, the error as an object or a string, times as seconds or ISO text.
 */

export const taskResponse = unwrapped(
  z
    .looseObject({
      id,
      status: text,
      progress,
      model: text,
      size: text,
      video_url: text,
      url: text,
      created_at: time,
      started_at: time,
      completed_at: time,
    })
    .transform((body) => ({
      id: body.id,
      statusWord: body.status ?? "",
      progress: body.progress,
      model: body.model,
      size: body.size,
      videoUrl: body.video_url ?? body.url,
      errorBody: findErrorBody(body),
      createdAt: body.created_at,
      startedAt: body.started_at,
      completedAt: body.completed_at,
    })),
);
export type TaskResponse = z.output<typeof taskResponse>;

export const detailResponse = unwrapped(
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
    .transform((body) => ({
      id: body.id,
      videoUrl: body.video_url ?? body.url,
      thumbnailUrl: body.thumbnail_url,
      durationSec: body.duration,
      width: body.width,
      height: body.height,
      size: body.size ?? null,
    })),
);
export type DetailResponse = z.output<typeof detailResponse>;

export const linksResponse = unwrapped(
  z
    .object({ links: z.object({ mp4: text, mp4_wm: text, thumbnail: text, md: text, gif: text }) })
    .transform(({ links }) => links),
);
export type CleanLinks = z.output<typeof linksResponse>;

export const chatResponse = unwrapped(
  z
    .object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })], z.unknown()) })
    .transform(({ choices }) => choices[0].message.content),
);
