import { z } from "zod";
import { id, progress, text, unwrapped } from "../../protocol/answer-fields.js";
import { errorBodyIn } from "../../protocol/vendor-error-body.js";

/** The video object. It has no link: the bytes come from `/content`. */
export const videoAnswer = unwrapped(
  z.looseObject({ id, status: text, progress }).transform((answer) => ({
    id: answer.id,
    statusWord: answer.status ?? "",
    progress: answer.progress,
    videoUrl: null,
    errorBody: errorBodyIn(answer),
  })),
);

/** Whatever it says: that it is gone is in the status. */
export const deletedAnswer = z.unknown();

/** `type` says what happened, `data.id` to which video. */
export const webhookEvent = z.object({
  type: z.string(),
  data: z.object({ id }).optional().catch(undefined),
});

export const endEvents: ReadonlySet<string> = new Set(["video.completed", "video.failed"]);
