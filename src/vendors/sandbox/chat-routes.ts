import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { refuse } from "./answer-faults.js";
import type { FilmSpec } from "./film/film.js";
import { baseOf, type SandboxState } from "./request-intake.js";

const chatCall = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.string(), content: z.string().min(1) })).min(1),
});

/** `POST /v1/chat/completions`: clean links by two special models, a chat by all others. */
export function addChatRoutes(server: FastifyInstance, desk: SandboxState): void {
  server.post("/v1/chat/completions", async (request, reply) => {
    const parsed = chatCall.safeParse(request.body);
    const content = parsed.data?.messages.at(-1)?.content;
    if (!parsed.success || content === undefined) return refuse(reply, "reject", "No model or no message.");
    const { model } = parsed.data;
    const base = baseOf(request);
    const id = digest(`${model} ${content}`);
    const completion = {
      id: `chatcmpl-${id}`,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model,
    };
    if (model === "sora_url") {
      if (!URL.canParse(content)) return refuse(reply, "reject", "The message is no address of a post.");
      return { ...completion, links: linksOf(desk, base, `post_${id}`, content) };
    }
    // The token itself must appear nowhere: not in the film, not in an answer.
    if (model === "sora-drafts-url")
      return { ...completion, links: linksOf(desk, base, `draft_${id}`, `A draft, ${id}`) };
    const message = { role: "assistant", content: `The sandbox heard: ${content}` };
    return { ...completion, choices: [{ index: 0, message, finish_reason: "stop" }] };
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

function linksOf(desk: SandboxState, base: string, name: string, prompt: string) {
  const spec: FilmSpec = { prompt, width: 720, height: 1280, seconds: 4, picture: null, watermark: false };
  desk.posts.set(name, spec);
  desk.posts.set(`${name}_wm`, { ...spec, watermark: true });
  desk.posts.set(`${name}_md`, { ...spec, width: 360, height: 640 });
  const link = (file: string) => `${base}/files/${file}`;
  return {
    mp4: link(`${name}.mp4`),
    mp4_wm: link(`${name}_wm.mp4`),
    thumbnail: link(`${name}.jpg`),
    md: link(`${name}_md.mp4`),
    gif: link(`${name}.gif`),
  };
}
