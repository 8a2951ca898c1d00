import { getDurationMs, hasFault, type SandboxTask, type TaskState } from "./sandbox-task.js";

/** Older formats of the same response, chosen by the fault `forms`. */
export type ResponseVariant =
  | "data"
  | "url"
  | "string-error"
  | "iso"
  | "words"
  | "progress-text"
  | "progress-none"
  | "progress-wild";

export type ResponseVariants = ReadonlySet<string>;

export function getVariants(task: SandboxTask): ResponseVariants {
  return new Set(hasFault(task, "forms")?.argument?.split(",") ?? []);
}

const has = (variants: ResponseVariants, variant: ResponseVariant) => variants.has(variant);

const wrap = (variants: ResponseVariants, body: object) =>
  has(variants, "data") ? { code: 200, data: body } : body;

const otherStatusWords: Record<string, string> = {
  queued: "Pending",
  processing: "IN-PROGRESS",
  completed: "Succeeded",
  failed: "FAILURE",
};

const failures = {
  failed: { message: "The video could not be generated", type: "server_error", code: "generation_failed" },
  "failed-policy": {
    message: "This content may violate our guardrails",
    type: "invalid_request_error",
    code: "content_policy_violation",
  },
};

/** The error of a failed task, in both protocols. It quotes the prompt, as vendors do. */
export function failureBody(outcome: keyof typeof failures, { prompt }: SandboxTask) {
  const { message, ...codes } = failures[outcome];
  return { message: `${message}: "${prompt}"`, ...codes };
}

export function toTaskResponse(task: SandboxTask, state: TaskState, link: string | null): object {
  const variants = getVariants(task);
  const time = (ms: number) => (has(variants, "iso") ? new Date(ms).toISOString() : Math.floor(ms / 1000));
  const failure = state.outcome && state.outcome !== "completed" ? failureBody(state.outcome, task) : null;
  const endedAtMs = task.createdAtMs + getDurationMs(task);
  return wrap(variants, {
    id: task.id,
    object: "video",
    status: has(variants, "words") ? (otherStatusWords[state.status] ?? state.status) : state.status,
    ...toProgress(state.progress, variants),
    model: task.model,
    created_at: time(task.createdAtMs),
    ...(state.isStarted && { started_at: time(task.createdAtMs + 0.15 * getDurationMs(task)) }),
    ...(state.outcome === "completed" && { completed_at: time(endedAtMs) }),
    ...(link && toLink(link, variants)),
    size: `${task.width}x${task.height}`,
    ...(failure && { error: has(variants, "string-error") ? failure.code : failure }),
  });
}

export function toDetailResponse(
  task: SandboxTask,
  link: string | null,
  thumbnail: string,
  byteSize: number,
): object {
  const variants = getVariants(task);
  return wrap(variants, {
    id: task.id,
    ...(link && toLink(link, variants)),
    thumbnail_url: thumbnail,
    duration: task.seconds,
    width: task.width,
    height: task.height,
    size: byteSize,
  });
}

const toLink = (link: string, variants: ResponseVariants) =>
  has(variants, "url") ? { url: link } : { video_url: link };

function toProgress(progress: number, variants: ResponseVariants): { progress?: number | string } {
  if (has(variants, "progress-none")) return {};
  if (has(variants, "progress-text")) return { progress: `${progress}%` };
  return { progress: has(variants, "progress-wild") ? (progress < 50 ? -7 : 140) : progress };
}
