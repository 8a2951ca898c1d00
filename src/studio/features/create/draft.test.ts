import { beforeEach, expect, test, vi } from "vitest";

let userId: string | null;
let listeners: (() => void)[];
let stored: Map<string, string>;
beforeEach(() => {
  userId = null;
  listeners = [];
  stored = new Map();
  vi.resetModules();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  vi.doMock("../../app/session", () => ({
    session: {
      get userId() {
        return userId;
      },
      subscribe: (listener: () => void) => listeners.push(listener),
    },
  }));
});

function become(next: string | null): void {
  userId = next;
  for (const listener of listeners) listener();
}

const image = { id: "media_1", name: "a.png", thumbnailUrl: "/a.png", aiMark: "NONE" as const };

test("the next user of a browser sees nothing of the draft of the one before, who finds it again", async () => {
  const { changeDraft, currentDraft } = await import("./draft");
  become("user_a");
  changeDraft({ prompt: "a secret", image });
  become(null);
  expect(currentDraft()).toMatchObject({ prompt: "", image: null });
  become("user_b");
  expect(currentDraft()).toMatchObject({ prompt: "", image: null });
  become("user_a");
  expect(currentDraft()).toMatchObject({ prompt: "a secret", image });
});

test("a visitor's draft goes to the user who logs in, once", async () => {
  const { changeDraft, currentDraft } = await import("./draft");
  changeDraft({ prompt: "a lighthouse", count: 2 });
  become("user_a");
  expect(currentDraft()).toMatchObject({ prompt: "a lighthouse", count: 2 });
  become(null);
  expect(currentDraft()).toMatchObject({ prompt: "", count: 1 });
});

test("a visitor without words does not take those of the user who logs in", async () => {
  const { changeDraft, currentDraft } = await import("./draft");
  become("user_a");
  changeDraft({ prompt: "half a poem" });
  become(null);
  changeDraft({ hd: true });
  become("user_a");
  expect(currentDraft()).toMatchObject({ prompt: "half a poem", hd: false });
});

test("a task is made again with its image and project, and a remix with its own words", async () => {
  const { draftAgain } = await import("./draft");
  const settings = {
    prompt: "in snow",
    model: "sora2",
    durationSec: 10,
    hd: true,
    ratio: "RATIO_1_1" as const,
  };
  const { name: _, ...referenceImage } = image;
  const project = { id: "project_1", name: "Rain" };
  expect(draftAgain({ ...settings, referenceImage, project })).toMatchObject({
    ...settings,
    image: { ...image, name: "" },
    projectId: "project_1",
  });
  const remix = draftAgain({ ...settings, remixOf: { id: "work_1", title: "Birds" } });
  expect(remix).toMatchObject({
    remix: { workId: "work_1", prompt: "in snow" },
    image: null,
    projectId: null,
  });
  expect(remix).not.toHaveProperty("prompt");
});
