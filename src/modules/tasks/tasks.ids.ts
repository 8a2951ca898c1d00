import { definePrefix } from "../../platform/ids/ids.js";

export const taskPrefix = definePrefix("task");
export const batchPrefix = definePrefix("batch");
