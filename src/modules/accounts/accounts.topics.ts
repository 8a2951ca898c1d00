import { defineTopic } from "../../platform/events/event-bus.js";

export const sessionEnded = defineTopic<{ sessionId: string }>("session-ended");
