import { defineTopic } from "../../platform/events/event-bus.js";

/** A work or one of its counts has changed, or who may see it. */
export const workChanged = defineTopic<{ workId: string }>("work-changed");
