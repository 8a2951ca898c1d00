import { definePrefix } from "../../platform/ids/ids.js";

export const videoPrefix = definePrefix("video");
