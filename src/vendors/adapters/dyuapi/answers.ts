import { z } from "zod";
import { id, number, progress, text, time, unwrapped } from "../../protocol/answer-fields.js";
import { errorBodyIn } from "../../protocol/vendor-error-body.js";

/*
 * The vendor's answers in all the forms that it has used over time: bare or inside `data`, the link
 * as `video_url` or `url`, the error as an object or a string, times as seconds or ISO text.
 */

export const taskAnswer = unwrapped(
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
    .transform((answer) => ({
      id: answer.id,
      statusWord: answer.status ?? "",
      progress: answer.progress,
      model: answer.model,
      size: answer.size,
      videoUrl: answer.video_url ?? answer.url,
      errorBody: errorBodyIn(answer),
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
