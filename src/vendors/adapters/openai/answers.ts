import { z } from "zod";
import { id, progress, text } from "../../wire/answer-fields.js";
import { complaintSchema } from "../../wire/failures.js";

/** The video object. It has no link: the bytes come from `/content`. */
export const videoAnswer = z
  .object({ id, status: text, progress, error: complaintSchema.nullish().catch(null) })
  .transform((answer) => ({
    id: answer.id,
    statusWord: answer.status ?? "",
    progress: answer.progress,
    videoUrl: null,
    complaint: answer.error ?? null,
  }));

/** Whatever it says: that it is gone is in the status. */
export const deletedAnswer = z.unknown();

/** `type` says what happened, `data.id` to which video. */
export const webhookEvent = z.object({
  type: z.string(),
  data: z.object({ id }).optional().catch(undefined),
});

export const endEvents: ReadonlySet<string> = new Set(["video.completed", "video.failed"]);
