import { durationOf, hasFault, type SandboxTask, type TaskState } from "./sandbox-task.js";

/** Older ways of writing the same answer. */
export type Form =
  | "data"
  | "url"
  | "string-error"
  | "iso"
  | "words"
  | "progress-text"
  | "progress-none"
  | "progress-wild";

export type Forms = ReadonlySet<string>;

export function formsOf(task: SandboxTask): Forms {
  return new Set(hasFault(task, "forms")?.argument?.split(",") ?? []);
}

const has = (forms: Forms, form: Form) => forms.has(form);

const wrapped = (forms: Forms, answer: object) => (has(forms, "data") ? { code: 200, data: answer } : answer);

const otherWords: Record<string, string> = {
  queued: "Pending",
  processing: "IN-PROGRESS",
  completed: "Succeeded",
  failed: "FAILURE",
};

const failures = {
  failed: { message: "The video could not be generated.", type: "server_error", code: "generation_failed" },
  "failed-policy": {
    message: "This content may violate our guardrails.",
    type: "invalid_request_error",
    code: "content_policy_violation",
  },
};

/** Why a task failed, as every protocol says it. */
export const failureWords = (outcome: keyof typeof failures) => failures[outcome];

export function taskAnswerOf(task: SandboxTask, standing: TaskState, link: string | null): object {
  const forms = formsOf(task);
  const time = (ms: number) => (has(forms, "iso") ? new Date(ms).toISOString() : Math.floor(ms / 1000));
  const failure =
    standing.outcome && standing.outcome !== "completed" ? failureWords(standing.outcome) : null;
  const endedAtMs = task.createdAtMs + durationOf(task);
  return wrapped(forms, {
    id: task.id,
    object: "video",
    status: has(forms, "words") ? (otherWords[standing.word] ?? standing.word) : standing.word,
    ...progressOf(standing.progress, forms),
    model: task.model,
    created_at: time(task.createdAtMs),
    ...(standing.isStarted && { started_at: time(task.createdAtMs + 0.15 * durationOf(task)) }),
    ...(standing.outcome === "completed" && { completed_at: time(endedAtMs) }),
    ...(link && linkOf(link, forms)),
    size: `${task.width}x${task.height}`,
    ...(failure && { error: has(forms, "string-error") ? failure.code : failure }),
  });
}

export function detailAnswerOf(
  task: SandboxTask,
  link: string | null,
  thumbnail: string,
  byteSize: number,
): object {
  const forms = formsOf(task);
  return wrapped(forms, {
    id: task.id,
    ...(link && linkOf(link, forms)),
    thumbnail_url: thumbnail,
    duration: task.seconds,
    width: task.width,
    height: task.height,
    size: byteSize,
  });
}

const linkOf = (link: string, forms: Forms) => (has(forms, "url") ? { url: link } : { video_url: link });

function progressOf(progress: number, forms: Forms): { progress?: number | string } {
  if (has(forms, "progress-none")) return {};
  if (has(forms, "progress-text")) return { progress: `${progress}%` };
  return { progress: has(forms, "progress-wild") ? (progress < 50 ? -7 : 140) : progress };
}
