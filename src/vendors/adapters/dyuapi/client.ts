import type { ReferenceImage } from "../../contract.js";
import type { CallResult, JsonClient } from "../../protocol/json-client.js";
import { toVideoFields, toVideoForm, type VideoParams } from "../../protocol/video-form.js";
import {
  type CleanLinks,
  chatResponse,
  type DetailResponse,
  detailResponse,
  linksResponse,
  type TaskResponse,
  taskResponse,
} from "./responses.js";

const chatPath = "v1/chat/completions";

/** The eight calls of the DyuAPI protocol. They never throw and never retry. */
export class DyuapiClient {
  constructor(private readonly http: JsonClient) {}

  createFromText(params: VideoParams): Promise<CallResult<TaskResponse>> {
    return this.http.post("create", "v1/videos", toVideoForm(params), taskResponse);
  }

  createFromImageFile(params: VideoParams, image: ReferenceImage): Promise<CallResult<TaskResponse>> {
    return this.http.post("create", "v1/videos", toVideoForm(params, image), taskResponse);
  }

  createFromImageUrl(params: VideoParams, imageUrl: string): Promise<CallResult<TaskResponse>> {
    const body = { image_url: imageUrl, ...toVideoFields(params) };
    return this.http.post("create", "v1/videos", body, taskResponse);
  }

  getTask(id: string): Promise<CallResult<TaskResponse>> {
    return this.http.get("state", `v1/videos/${encodeURIComponent(id)}`, taskResponse);
  }

  getVideoDetail(id: string): Promise<CallResult<DetailResponse>> {
    return this.http.get("detail", `v1/videos/${encodeURIComponent(id)}/content`, detailResponse);
  }

  getPostLinks(postUrl: string): Promise<CallResult<CleanLinks>> {
    return this.http.post("clean-link", chatPath, toChatRequest("sora_url", postUrl), linksResponse);
  }

  /** The access token opens the draft owner's account, so it is redacted like the key. */
  getDraftLinks(accessToken: string): Promise<CallResult<CleanLinks>> {
    const body = toChatRequest("sora-drafts-url", accessToken);
    const redactor = this.http.redactor.with(accessToken);
    return this.http.post("clean-link", chatPath, body, linksResponse, redactor);
  }

  /** Sends one message to any other model and returns the text of its reply. */
  chat(model: string, message: string): Promise<CallResult<string>> {
    return this.http.post("chat", chatPath, toChatRequest(model, message), chatResponse);
  }
}

const toChatRequest = (model: string, content: string) => ({
  model,
  stream: false,
  messages: [{ role: "user", content }],
});
