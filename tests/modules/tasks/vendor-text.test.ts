import { expect, test } from "vitest";
import { withoutPrompts } from "../../../src/modules/tasks/vendor-text.js";

const prompt = 'a "cat" on the grass of a long, long meadow';
const task = { prompt, promptTaskIds: [] };

test.each([
  ["quoted whole", `HTTP 400: "${prompt}" is refused`, 'HTTP 400: "[prompt]" is refused'],
  ["in JSON", JSON.stringify({ id: "video_1", prompt }), '{"id":"video_1","prompt":"[prompt]"}'],
  ["cut off", `HTTP 400: refused: ${prompt.slice(0, 30)}`, "HTTP 400: refused: [prompt]"],
  ["absent", "HTTP 503: Try again later.", "HTTP 503: Try again later."],
])("a prompt that is %s in a vendor's text is left out", (_, text, expected) => {
  expect(withoutPrompts(task, text)).toBe(expected);
});

test("a prompt of a few letters does not make the text unreadable", () => {
  expect(withoutPrompts({ prompt: "a", promptTaskIds: [] }, "HTTP 400: a bad request")).toBe(
    "HTTP 400: a bad request",
  );
});

test.each([
  ["HTTP 400: the locked words are refused", "HTTP 400 [left out: it may quote prompts of other users]"],
  ["the response is not as expected: …", "[left out: it may quote prompts of other users]"],
])("of a vendor's text about a remix only the status is left: %s", (text, expected) => {
  expect(withoutPrompts({ prompt, promptTaskIds: ["an original"] }, text)).toBe(expected);
});
