import type { TaskRow } from "./tasks.repository.js";

/** Shorter prompts occur in ordinary words, and replacing them would make the text unreadable. */
const lengthMin = 4;
/** A vendor's text may be cut within the prompt. */
const startLength = 24;

/**
 * A vendor's text for attempts and logs. Vendors quote prompts, and prompts may be locked, so the text comes without them.
 * A remix is sent with the prompts of other users, which may be quoted in part: only the HTTP status is left of its texts.
 */
export function withoutPrompts(
  { prompt, promptTaskIds }: Pick<TaskRow, "prompt" | "promptTaskIds">,
  text: string,
): string {
  if (promptTaskIds.length > 0) {
    const status = /^HTTP \d{3}\b/.exec(text)?.[0];
    return [status, "[left out: it may quote prompts of other users]"].filter(Boolean).join(" ");
  }
  if (prompt.length < lengthMin) return text;
  const forms = [prompt, JSON.stringify(prompt).slice(1, -1)];
  const whole = forms.reduce((rest, form) => rest.replaceAll(form, "[prompt]"), text);
  const starts = forms.map((form) => whole.indexOf(form.slice(0, startLength))).filter((at) => at >= 0);
  return starts.length > 0 ? `${whole.slice(0, Math.min(...starts))}[prompt]` : whole;
}
