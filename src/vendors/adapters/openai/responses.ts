import { z } from "zod";
import { id, progress, text, unwrapped } from "../../protocol/response-fields.js";
import { findErrorBody } from "../../protocol/vendor-error-body.js";

/** The video object. It has no link; the file comes from `/content`. */
export const videoResponse = unwrapped(
  z.looseObject({ id, status: text, progress }).transform((body) => ({
    id: body.id,
    statusWord: body.status ?? "",
    progress: body.progress,
    videoUrl: null,
    errorBody: findErrorBody(body),
  })),
);

/** The HTTP status is sufficient. */
export const deleteResponse = z.unknown();

export const webhookEvent = z.object({
  type: z.string(),
  data: z.object({ id }).optional().catch(undefined),
});

export const endEvents: ReadonlySet<string> = new Set(["video.completed", "video.failed"]);
